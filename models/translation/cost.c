/* Adds up what translation cost, and names its choices. */
#include <vhm/model/translation.h>

#include <vhm/base/require.h>

static void
add_steps (struct vhm_cost *a, const struct vhm_cost *b)
{
  for (int g = 0; g < VHM_WALK_LEVELS; g++)
    for (int h = 0; h < VHM_WALK_LEVELS; h++) {
      a->step_references[g][h] += b->step_references[g][h];
      a->step_cyc[g][h] += b->step_cyc[g][h];
    }
}

void
vhm_cost_add (struct vhm_cost *a, const struct vhm_cost *b)
{
  a->accesses += b->accesses;
  a->l1_misses += b->l1_misses;
  a->l2_misses += b->l2_misses;
  a->nested_hits += b->nested_hits;
  a->psc_hits += b->psc_hits;
  a->references += b->references;
  a->dram += b->dram;
  add_steps (a, b);
  a->l2_tlb_cyc += b->l2_tlb_cyc;
  a->guest_cyc += b->guest_cyc;
  a->host_cyc += b->host_cyc;
  a->data_cyc += b->data_cyc;
  a->total_cyc += b->total_cyc;
  a->exposed_cyc += b->exposed_cyc;
}

const char *
vhm_paging_name (enum vhm_paging paging)
{
  static const char *const names[] = { "native", "SLAT", "shadow" };
  VHM_REQUIRE ((unsigned) paging < G_N_ELEMENTS (names));
  return names[paging];
}

const char *
vhm_page_size_name (enum vhm_page_size size)
{
  static const char *const names[] = { "4K", "2M", "1G" };
  VHM_REQUIRE ((unsigned) size < G_N_ELEMENTS (names));
  return names[size];
}
