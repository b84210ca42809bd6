/* What one guest does in a part of the run: what all its lives have done by the
 * end, less what they had done at the beginning.
 *
 * Both are taken right after a sample, which has brought the guest up to date, so
 * that a run with a window and one without are the same. Counts and ledger are
 * exact; the histogram's min and max are those of the whole run.
 * Cost: O(lives x buckets), twice a run. */
#include "host.h"

#include <vhm/base/require.h>

void
vhm_host_window_init (struct vhm_host_window *w, const char *guest,
                      uint64_t from_ns, uint64_t to_ns)
{
  VHM_REQUIRE (from_ns <= to_ns);
  *w = (struct vhm_host_window){
    .guest = guest,
    .from_ns = from_ns,
    .to_ns = to_ns,
  };
  vhm_histogram_init (&w->latency_ns);
}

void
vhm_host_window_clear (struct vhm_host_window *w)
{
  vhm_histogram_clear (&w->latency_ns);
}

static void
add_life (struct vhm_host_window *sum, const vhm_guest *guest)
{
  sum->n_operations += vhm_guest_operations (guest);
  sum->n_references += vhm_guest_references (guest);
  struct vhm_ledger ledger = vhm_guest_ledger (guest);
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    sum->ledger.cyc[a] += ledger.cyc[a];
  vhm_histogram_merge (&sum->latency_ns, vhm_guest_latency_ns (guest));
}

static void
begin (struct vhm_host_window *w, const struct vhm_host_window *so_far)
{
  w->n_operations = so_far->n_operations;
  w->n_references = so_far->n_references;
  w->ledger = so_far->ledger;
  vhm_histogram_merge (&w->latency_ns, &so_far->latency_ns);
}

static void
end (struct vhm_host_window *w, struct vhm_host_window *so_far)
{
  w->n_operations = so_far->n_operations - w->n_operations;
  w->n_references = so_far->n_references - w->n_references;
  for (int a = 0; a < VHM_N_ACCOUNTS; a++)
    w->ledger.cyc[a] = so_far->ledger.cyc[a] - w->ledger.cyc[a];
  vhm_histogram_take_away (&so_far->latency_ns, &w->latency_ns);
  vhm_histogram_clear (&w->latency_ns);
  vhm_histogram_merge (&w->latency_ns, &so_far->latency_ns);
}

static size_t
sample_at (const vhm_host *h, uint64_t ns)
{
  uint64_t sample_ns = h->config->sample_ns;
  return MIN ((size_t) ((ns + sample_ns - 1) / sample_ns),
              h->result->n_samples - 1);
}

static void
take (vhm_host *h, struct vm *vm, size_t sample)
{
  struct vhm_host_window *w = h->options.window;
  struct vhm_host_window so_far;
  vhm_host_window_init (&so_far, vm->name, 0, 0);
  for (guint i = 0; i < vm->past->len; i++)
    add_life (&so_far, vm->past->pdata[i]);
  add_life (&so_far, vm->guest);
  if (sample == w->first)
    begin (w, &so_far);
  if (sample == w->last)
    end (w, &so_far);
  vhm_host_window_clear (&so_far);
}

void
vhm_host_look (vhm_host *h)
{
  struct vhm_host_window *w = h->options.window;
  if (!w)
    return;
  w->first = sample_at (h, w->from_ns);
  w->last = sample_at (h, w->to_ns);
  size_t sample = h->next_sample - 1; /* that has just been taken */
  if (sample != w->first && sample != w->last)
    return;
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (g_str_equal (h->vms[i].name, w->guest)) {
      take (h, &h->vms[i], sample);
      return;
    }
  VHM_REQUIRE (!"the window names a guest of the case");
}
