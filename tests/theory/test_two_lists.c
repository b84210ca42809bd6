/* Two lists with a second chance against what is known of replacement:
 *
 *   a scan longer than memory, again and again, misses every page (LRU, FIFO and
 *   every policy between them that does not look ahead; Denning 1968)
 *
 *   independent references: FIFO keeps page i with chance p T / (1 + p T), LRU
 *   with 1 - e^(-p T), T so that the chances sum to the frames (Gelenbe, "A
 *   unified approach to the evaluation of a class of replacement algorithms",
 *   IEEE Trans. Computers, 1973; Che, Tung, Wang, JSAC 2002). A second chance
 *   lifts FIFO to near LRU, not beyond.
 */
#include "suite.h"
#include "world.h"

#include <math.h>

#define S VHM_NS_PER_S
#define FRAMES 4096
#define GUEST "kernel: 1 MiB, page_struct: 0 B, swap: 0 B"

static void
zipf_chances (double *p, uint32_t n, double exponent)
{
  double sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += p[i] = pow (i + 1, -exponent);
  for (uint32_t i = 0; i < n; i++)
    p[i] /= sum;
}

enum policy { FIFO, LRU };

static double
kept (enum policy policy, double pt)
{
  return policy == FIFO ? pt / (1 + pt) : 1 - exp (-pt);
}

static double
misses_of (enum policy policy, const double *p, uint32_t n, double frames)
{
  double low = 1, high = 1e12, misses = 0;
  while (high / low > 1 + 1e-9) {
    double t = sqrt (low * high), in_memory = 0;
    misses = 0;
    for (uint32_t i = 0; i < n; i++) {
      in_memory += kept (policy, p[i] * t);
      misses += p[i] * (1 - kept (policy, p[i] * t));
    }
    *(in_memory < frames ? &low : &high) = t;
  }
  return misses;
}

static struct puppet
a_reader (uint32_t n, enum vhm_pattern pattern, double cycles)
{
  struct puppet p = a_puppet (n, 0, 1, cycles, 1000, 0);
  p.regions[0].pattern = pattern;
  p.regions[0].cyclic = true;
  p.regions[0].is_file = true;
  p.commit_pages = 1;
  return p;
}

static const double exponents[] = { 0.6, 0.8, 1.0, 1.2 };

START_TEST (a_second_chance_lies_between_fifo_and_lru_nearer_to_lru)
{
  enum { N = 3 * FRAMES };
  struct world w;
  world_open (&w, 1, 2 * FRAMES);
  world_os (&w, "linux", GUEST);
  struct puppet p = a_reader (N, VHM_PATTERN_ZIPF, 1e6);
  p.regions[0].exponent = exponents[_i];
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, FRAMES, FRAMES);
  world_run (&w, 400 * S);
  double reads = (double) vhm_guest_counters (guest).pages_input;
  double references = vhm_guest_references (guest);
  world_run (&w, 2000 * S);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  double n = vhm_guest_references (guest) - references;
  double misses = ((double) c.pages_input - reads) / n;
  double frames = (double) (c.active_file_pages + c.inactive_file_pages);
  g_autofree double *chance = g_new (double, N);
  zipf_chances (chance, N, exponents[_i]);
  double fifo = misses_of (FIFO, chance, N, frames);
  double lru = misses_of (LRU, chance, N, frames);
  ck_assert_double_gt (misses, lru * (1 - 4 / sqrt (n * lru)));
  ck_assert_double_lt (misses, (lru + fifo) / 2);
  world_close (&w);
}
END_TEST

START_TEST (a_scan_longer_than_memory_misses_nearly_every_page)
{
  struct world w;
  world_open (&w, 1, 2 * FRAMES);
  world_os (&w, "linux", GUEST);
  struct puppet p = a_reader (2 * FRAMES, VHM_PATTERN_SCAN, 1e5);
  world_puppet (&w, &p);
  vhm_guest *guest = world_boot (&w, 1, FRAMES, FRAMES);
  world_run (&w, 100 * S);
  struct vhm_guest_counters before = vhm_guest_counters (guest);
  double references = vhm_guest_references (guest);
  world_run (&w, 100 * S);
  struct vhm_guest_counters c = vhm_guest_counters (guest);
  double n = vhm_guest_references (guest) - references;
  double read = (double) (c.pages_input - before.pages_input);
  ck_assert_double_gt (n, 100000);
  ck_assert_double_gt (read, 0.99 * n);
  ck_assert_uint_eq (c.pages_output, 0); /* nothing was written to */
  ck_assert_uint_lt (c.page_reads, c.pages_input / 16); /* read ahead */
  world_close (&w);
}
END_TEST

SUITE ("two lists",
       tcase_add_loop_test (
           tc, a_second_chance_lies_between_fifo_and_lru_nearer_to_lru, 0,
           G_N_ELEMENTS (exponents));
       tcase_add_test (tc, a_scan_longer_than_memory_misses_nearly_every_page);)
