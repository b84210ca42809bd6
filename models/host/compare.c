/* What translating addresses would cost under each kind of paging: native, SLAT
 * and shadow side by side.
 *
 * The same references of all guests (same streams of random numbers) go through
 * the structures of like processors, one kind of paging each, kept warm from one
 * comparison to the next. A guest is compared at its end: when it shuts down or
 * the run ends, with what it then has in memory and beside the guests that run
 * then; guests that stop at one instant share one comparison.
 *
 * Cost: a measurement a kind of paging for each instant at which guests stop,
 * beside what host.measure.references allows.
 */
#include "host.h"

#include <vhm/model/reference.h>

struct found {
  const vhm_process *process;
  enum vhm_paging paging;
  struct vhm_exposure exposure;
};

static void
find (void *context, const vhm_process *process,
      const vhm_processors *processors, const struct vhm_exposure *exposure)
{
  const struct found found = {
    process,
    vhm_processors_config (processors)->paging,
    *exposure,
  };
  g_array_append_val ((GArray *) context, found);
}

static void
add_row (struct vm *vm, const struct found *found)
{
  const vhm_process *p = found->process;
  const struct vhm_exposure *x = &found->exposure;
  struct vhm_translation_row *row = g_new0 (struct vhm_translation_row, 1);
  row->guest = g_strdup (vm->name);
  row->process = g_strdup_printf ("%u %s", vhm_process_number (p) + 1,
                                  vhm_process_kind (p));
  row->paging = vhm_paging_name (found->paging);
  row->is_in_force
      = vhm_processors_config (vm->host->processors)->paging == found->paging;
  row->compute_cyc = vhm_process_cycles_per_reference (p);
  row->l2_tlb_cyc = x->cyc[VHM_EXPOSED_L2_TLB];
  row->guest_walk_cyc = x->cyc[VHM_EXPOSED_GUEST_WALK];
  row->host_walk_cyc = x->cyc[VHM_EXPOSED_HOST_WALK];
  row->vm_switch_cyc = x->cyc[VHM_EXPOSED_VM_SWITCH];
  row->half_width_cyc = x->half_width_cyc;
  if (found->paging == VHM_PAGING_SHADOW)
    row->upkeep_cyc = vhm_process_shadow_upkeep_cyc (p);
  row->n_references = x->n_references;
  row->n_issued = (uint64_t) vhm_refs_clock (vhm_process_refs (p));
  g_ptr_array_add (vm->host->result->translation, row);
}

/* By process, each kind of paging in order. */
static void
add_rows (struct vm *vm, const GArray *all)
{
  for (uint32_t i = 0; i < vhm_guest_n_processes (vm->guest); i++)
    for (guint k = 0; k < all->len; k++) {
      const struct found *found = &g_array_index (all, struct found, k);
      if (found->process == vhm_guest_process (vm->guest, i)
          && found->exposure.n_references > 0)
        add_row (vm, found);
    }
}

/* The guests that end now: at the end of the run all, else the one and those
 * whose shutdown is under way, which may be at the same instant. */
static void
compare (vhm_host *h, const struct vm *only)
{
  g_autoptr (GPtrArray) guests = vhm_host_all_guests (h);
  g_autofree bool *tells = g_new (bool, h->n_vms);
  for (uint32_t i = 0; i < h->n_vms; i++) {
    struct vm *vm = &h->vms[i];
    tells[i] = !only || vm == only
               || vhm_engine_is_pending (h->engine, vm->shutdown);
    if (tells[i])
      vm->compared_at = vhm_engine_now (h->engine).raw + 1;
  }
  struct vhm_exposure_config asked = h->watch.config;
  asked.is_rough = false;
  for (int paging = 0; paging < VHM_N_PAGINGS; paging++) {
    struct vhm_processors_config config
        = vhm_host_processors_config (h, (enum vhm_paging) paging);
    if (!h->like[paging])
      h->like[paging] = vhm_processors_new (&config);
  }
  g_clear_pointer (&h->compared, g_array_unref);
  h->compared = g_array_new (FALSE, FALSE, sizeof (struct found));
  vhm_guests_compare ((vhm_guest *const *) guests->pdata, tells, guests->len,
                      &asked, h->like, VHM_N_PAGINGS, find, h->compared);
}

void
vhm_host_compare_pagings (vhm_host *h, struct vm *only)
{
  if (!h->processors)
    return;
  uint64_t now = vhm_engine_now (h->engine).raw + 1;
  bool are_new = false;
  for (uint32_t i = 0; i < h->n_vms; i++) {
    const struct vm *vm = &h->vms[i];
    are_new = are_new
              || ((!only || only == vm) && vhm_guest_is_running (vm->guest)
                  && vm->compared_at != now);
  }
  if (are_new)
    compare (h, only);
  for (uint32_t i = 0; i < h->n_vms; i++)
    if ((!only || only == &h->vms[i]) && vhm_guest_is_running (h->vms[i].guest))
      add_rows (&h->vms[i], h->compared);
}
