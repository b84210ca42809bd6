/* Studies: what cannot be is refused in words; a study of a processor that is
 * too small to be interesting gives what arithmetic says. */
#include "cpu_config.h"
#include "suite.h"

#include <string.h>

#include <vhm/base/units.h>
#include <vhm/model/study.h>

static const struct vhm_footprint_config chase
    = { .pattern = VHM_FOOTPRINT_CHASE,
        .size_bytes = VHM_GIB,
        .cluster_bytes = 4096,
        .stride_bytes = 4096,
        .instructions = 100,
        .cycles = 10,
        .data_exposed = true };

static struct vhm_study
study_of (const struct vhm_cpu_config *cpu, enum vhm_paging paging,
          enum vhm_page_size guest, enum vhm_page_size host)
{
  return (struct vhm_study){ .cpu = cpu,
                             .visits = &chase,
                             .paging = paging,
                             .guest_size = guest,
                             .host_size = host,
                             .guest_levels = 4,
                             .host_levels = 4,
                             .seed = 1,
                             .measure = { .relative_error = 0.01,
                                          .confidence = 0.95,
                                          .least_warm_up = 1000,
                                          .most = 1000000 } };
}

static const struct {
  enum vhm_paging paging;
  enum vhm_page_size guest, host;
  unsigned references;
} walks[] = {
  { VHM_PAGING_NATIVE, VHM_PAGE_4K, VHM_PAGE_4K, 4 },
  { VHM_PAGING_NATIVE, VHM_PAGE_1G, VHM_PAGE_1G, 2 },
  { VHM_PAGING_SLAT, VHM_PAGE_4K, VHM_PAGE_4K, 24 },
  { VHM_PAGING_SLAT, VHM_PAGE_2M, VHM_PAGE_2M, 15 },
  { VHM_PAGING_SLAT, VHM_PAGE_4K, VHM_PAGE_2M, 19 },
  { VHM_PAGING_SHADOW, VHM_PAGE_2M, VHM_PAGE_4K, 4 },
};

/* Nothing is remembered and nothing overlaps: each reference and the data cost
 * the memory's latency. */
START_TEST (a_chase_without_caches_pays_for_every_reference)
{
  struct vhm_cpu_config cpu = forgetful_config ();
  struct vhm_study study
      = study_of (&cpu, walks[_i].paging, walks[_i].guest, walks[_i].host);
  struct vhm_measured m;
  vhm_study_run (&study, &m);
  double n = walks[_i].references, dram = vhm_cpu_dram_cyc (&cpu);
  ck_assert (m.is_warm && m.is_precise);
  ck_assert_uint_eq (m.cost.references, m.cost.accesses * walks[_i].references);
  ck_assert_double_eq_tol (m.exposed.mean, n * dram, 0.02 * n * dram);
  ck_assert_double_eq_tol (m.total.mean, (n + 1) * dram, 0.02 * n * dram);
}
END_TEST

START_TEST (a_walk_takes_its_own_cycles_too)
{
  struct vhm_cpu_config cpu = forgetful_config ();
  struct vhm_study study
      = study_of (&cpu, VHM_PAGING_NATIVE, VHM_PAGE_4K, VHM_PAGE_4K);
  struct vhm_measured without, with;
  vhm_study_run (&study, &without);
  cpu.walk_cyc = 50;
  vhm_study_run (&study, &with);
  ck_assert_double_eq_tol (with.total.mean, without.total.mean + 50, 0.5);
  ck_assert_double_eq_tol (with.cost.guest_cyc / (double) with.cost.accesses,
                           4 * vhm_cpu_dram_cyc (&cpu) + 50, 1e-6);
}
END_TEST

START_TEST (the_same_study_gives_the_same_numbers)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct vhm_study study
      = study_of (&cpu, VHM_PAGING_SLAT, VHM_PAGE_4K, VHM_PAGE_4K);
  struct vhm_measured a, b;
  study.measure.most = 200000;
  vhm_study_run (&study, &a);
  vhm_study_run (&study, &b);
  ck_assert_double_eq (a.exposed.mean, b.exposed.mean);
  ck_assert_double_eq (a.exposed.half_width, b.exposed.half_width);
  ck_assert_uint_eq (a.cost.references, b.cost.references);
  study.seed = 2;
  vhm_study_run (&study, &b);
  ck_assert_double_ne (a.exposed.mean, b.exposed.mean);
}
END_TEST

static char *
refusal (struct vhm_study study)
{
  return vhm_study_refuse (&study);
}

START_TEST (what_cannot_be_is_refused)
{
  struct vhm_cpu_config cpu = skylake_config ();
  struct vhm_footprint_config large = chase;
  struct vhm_study study
      = study_of (&cpu, VHM_PAGING_SLAT, VHM_PAGE_4K, VHM_PAGE_1G);
  ck_assert_pstr_eq (refusal (study), NULL);
  cpu.has_1g = false;
  g_autofree char *size = refusal (study);
  ck_assert_str_eq (size, "1 GiB pages on a processor that has none");
  study.host_size = VHM_PAGE_4K;
  ck_assert_pstr_eq (refusal (study), NULL);
  study.host_levels = 5;
  g_autofree char *levels = refusal (study);
  ck_assert_str_eq (levels, "5 levels of page tables on a processor with 4");
  study.paging = VHM_PAGING_SHADOW; /* which has no table of the host's */
  ck_assert_pstr_eq (refusal (study), NULL);
  study.visits = &large;
  large.size_bytes = 8 * VHM_TIB;
  ck_assert_pstr_eq (refusal (study), NULL);
  large.size_bytes += 4096;
  g_autofree char *most = refusal (study);
  ck_assert_str_eq (most, "a footprint beyond the 8 TiB that can be simulated");
  large.size_bytes = 200 * VHM_TIB;
  g_autofree char *reach = refusal (study);
  ck_assert_str_eq (reach,
                    "a footprint beyond the 128 TiB that 4 levels reach");
}
END_TEST

SUITE ("study",
       tcase_add_loop_test (tc, a_chase_without_caches_pays_for_every_reference,
                            0, G_N_ELEMENTS (walks));
       tcase_add_test (tc, a_walk_takes_its_own_cycles_too);
       tcase_add_test (tc, the_same_study_gives_the_same_numbers);
       tcase_add_test (tc, what_cannot_be_is_refused);)
