/* Processors as data: what the presets say, and what contradicts itself. */
#include "suite.h"

#include <string.h>

#include <vhm/model/cpu.h>
#include <vhm/sim/scenario.h>

static struct vhm_scenario *
read_cpu (const char *text, GError **error)
{
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_cpu_schema, .presets = vhm_embedded_presets };
  return vhm_scenario_read_text ("cpu.yaml", text, strlen (text), &rules,
                                 error);
}

static struct vhm_scenario *
cpu_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  struct vhm_scenario *s = read_cpu (text, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "?");
  return s;
}

static uint64_t
l2_entries (const struct vhm_cpu_config *cpu, enum vhm_page_size size)
{
  const struct vhm_cpu_tlb *tlbs = cpu->tlbs.items;
  uint64_t n = 0;
  for (size_t i = 0; i < cpu->tlbs.n; i++)
    if (tlbs[i].level == 2 && tlbs[i].holds != VHM_TLB_INSTRUCTIONS
        && tlbs[i].holds_size[size])
      n += tlbs[i].entries;
  return n;
}

/* The table of published geometry, once more and by hand. */
static const struct {
  const char *name;
  uint64_t l2_4k, l2_2m, l2_1g, walkers, levels;
  double l2_tlb_cyc;
  uint64_t llc_kib;
} published[] = {
  { "sandy-bridge", 512, 0, 0, 1, 4, 7, 20 * 1024 },
  { "haswell", 1024, 1024, 0, 1, 4, 8, 45 * 1024 },
  { "skylake-sp", 1536, 1536, 16, 2, 4, 9, 36608 },
  { "cascade-lake", 1536, 1536, 16, 2, 4, 9, 36608 },
  { "ice-lake-sp", 2048, 1024, 1024, 4, 5, 7, 60 * 1024 },
  { "zen2", 2048, 2048, 0, 2, 4, 7, 16 * 1024 },
  { "zen3", 2048, 2048, 64, 6, 4, 7, 32 * 1024 },
  { "zen4", 3072, 3072, 64, 6, 5, 7, 32 * 1024 },
};

START_TEST (a_preset_says_what_is_published)
{
  g_autofree char *text = g_strconcat ("preset: ", published[_i].name, NULL);
  g_autoptr (vhm_scenario) s = cpu_of (text);
  const struct vhm_cpu_config *cpu = s->config;
  const char *name = published[_i].name;
  ck_assert_msg (l2_entries (cpu, VHM_PAGE_4K) == published[_i].l2_4k, "%s",
                 name);
  ck_assert_msg (l2_entries (cpu, VHM_PAGE_2M) == published[_i].l2_2m, "%s",
                 name);
  ck_assert_msg (l2_entries (cpu, VHM_PAGE_1G) == published[_i].l2_1g, "%s",
                 name);
  ck_assert_uint_eq (cpu->n_walkers, published[_i].walkers);
  ck_assert_uint_eq (cpu->levels, published[_i].levels);
  ck_assert_double_eq (cpu->l2_tlb_cyc, published[_i].l2_tlb_cyc);
  ck_assert_uint_eq (cpu->llc.size_bytes, published[_i].llc_kib * 1024);
}
END_TEST

START_TEST (every_processor_preset_is_read_and_tested_here)
{
  size_t n = 0;
  for (const struct vhm_embedded *p = vhm_embedded_presets; p->name; p++) {
    if (!g_str_has_prefix (p->text, "# CPU: "))
      continue;
    g_autofree char *name
        = g_strndup (p->name, strlen (p->name) - strlen (".yaml"));
    g_autofree char *line = g_strconcat ("preset: ", name, NULL);
    g_autoptr (vhm_scenario) s = cpu_of (line);
    const struct vhm_cpu_config *cpu = s->config;
    g_autofree char *first = g_strconcat ("# CPU: ", cpu->title, "\n", NULL);
    ck_assert_msg (g_str_has_prefix (p->text, first),
                   "%s: \"%s\" is not "
                   "its first line",
                   name, first);
    n++;
  }
  ck_assert_uint_eq (n, G_N_ELEMENTS (published));
}
END_TEST

START_TEST (the_default_is_a_skylake)
{
  g_autoptr (vhm_scenario) a = cpu_of ("{}");
  g_autoptr (vhm_scenario) b = cpu_of ("preset: skylake-sp");
  struct vhm_cpu_config *left = a->config, *right = b->config;
  ck_assert_uint_eq (left->tlbs.n, right->tlbs.n);
  for (size_t i = 0; i < left->tlbs.n; i++) {
    struct vhm_cpu_tlb *l = (struct vhm_cpu_tlb *) left->tlbs.items + i;
    struct vhm_cpu_tlb *r = (struct vhm_cpu_tlb *) right->tlbs.items + i;
    ck_assert_str_eq (l->name, r->name);
    ck_assert_uint_eq (l->level, r->level);
    ck_assert_int_eq (l->holds, r->holds);
    ck_assert_mem_eq (l->holds_size, r->holds_size, sizeof l->holds_size);
    ck_assert_uint_eq (l->entries, r->entries);
    ck_assert_uint_eq (l->ways, r->ways);
  }
  /* what remains are numbers */
  left->preset = right->preset = left->title = right->title = NULL;
  left->tlbs = right->tlbs;
  ck_assert_mem_eq (left, right, sizeof *left);
}
END_TEST

START_TEST (memory_takes_cycles_of_the_clock)
{
  const struct vhm_cpu_config cpu = { .clock_hz = 2100000000, .dram_ns = 90 };
  ck_assert_double_eq_tol (vhm_cpu_dram_cyc (&cpu), 189, 1e-9);
}
END_TEST

#define L1D "{name: d, level: 1, 4k: true, 2m: true, 1g: true, entries: 64}"
#define L1I \
  "{name: i, level: 1, holds: instructions, 4k: true, 2m: true, entries: 64}"

static const struct {
  const char *text, *says;
} wrong[] = {
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, 4k: true, entries: 100, "
    "ways: 12}]",
    "cpu.yaml:1:198: tlbs.l2.ways: 100 entries cannot be divided into sets of "
    "12 ways; entries a multiple of ways, such as 108" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, 4k: true, entries: 4, "
    "ways: 8}]",
    "tlbs.l2.ways: 8 ways but only 4 entries; at most" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, 4k: true, entries: 96, "
    "ways: 8}]",
    "tlbs.l2.ways: 96 entries of 8 ways are 12 sets, which low bits" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, 2m: true, entries: 64, "
    "ways: 8, ways_2m: 3}]",
    "tlbs.l2.ways_2m: 8 ways are not several times 3; a part of" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, 2m: true, entries: 64, "
    "ways_2m: 4}]",
    "tlbs.l2.ways_2m: 0 ways are not several times 4" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, 4k: true, entries: 64, "
    "ways: 8, ways_2m: 4}]",
    "tlbs.l2.ways_2m: holds no 2 MiB pages; 2m: true" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 3, 4k: true, entries: 96}]",
    "tlbs.l2.level: \"3\" is too large; from 1 to 2" },
  { "tlbs: [" L1D ", " L1I ", {name: l2, level: 2, entries: 96}]",
    "tlbs.l2.name: holds no page size" },
  { "tlbs: [" L1D ", " L1I ", {name: d, level: 2, 4k: true, entries: 96}]",
    "the name \"d\" is taken" },
  { "tlbs: []", "tlbs: \"0\" is too small; from 1 to 16" },
  { "tlbs: [" L1D "]",
    "tlbs: no level 1 TLB for instructions holds 4 KiB pages" },
  { "tlbs: [{name: d, level: 1, 4k: true, 2m: true, entries: 64}, " L1I "]",
    "tlbs: no level 1 TLB for data holds 1 GiB pages; one that does, or "
    "has_1g: false" },
  { "tlbs: [{name: d, level: 1, 4k: true, 2m: true, 1g: true, entries: 0}, " L1I
    "]",
    "tlbs: no level 1 TLB for data holds 2 MiB pages" },
  { "has_1g: false\ntlbs: [" L1D ", " L1I "]",
    "cpu.yaml:2:7: tlbs: d holds 1 GiB pages, which this processor cannot "
    "map" },
  { "guest_psc: {pde: {entries: 30, ways: 4}}",
    "guest_psc.pde.ways: 30 entries cannot be divided" },
  { "nested_tlb: {entries: 24, ways: 4}", "nested_tlb.ways: 24 entries of 4" },
  { "host_psc: {pml4e: {entries: 4, ways: 8}}",
    "host_psc.pml4e.ways: 8 ways but only 4 entries" },
  { "l1d: {size: 33000 B, ways: 8, cycles: 4}",
    "l1d.size: 33000 bytes cannot be divided into sets of 8 ways of 64 bytes; "
    "a multiple of 512 bytes" },
  { "l2: {size: 1 MiB, ways: 16, cycles: 4}",
    "cpu.yaml:1:5: l2: 4 cycles are no more than the 4 of l1d; latencies that "
    "rise" },
  { "llc: {size: 32 MiB, ways: 16, cycles: 10}",
    "llc: 10 cycles are no more than the 14 of l2" },
  { "dram: 20 ns", "dram: 20 ns are 42 cycles, no more than the 54 of llc" },
  { "tlbs: [" L1D ", " L1I ", {name: b, level: 1, 4k: true, entries: 4}, "
    "{name: c, level: 1, 4k: true, entries: 4}, {name: e, level: 1, 4k: true, "
    "entries: 4}, {name: f, level: 1, 4k: true, entries: 4}]",
    "tlbs: more than 4 TLBs of level 1 for data hold 4 KiB pages" },
  { "nested_tlb: {entries: 40000}", "\"40000\" is too large" },
  { "levels: 6", "levels: \"6\" is too large; from 4 to 5" },
  { "clock: 2100", "clock: " },
  { "walkers: 0", "walkers: \"0\" is too small" },
  { "preset: skylake", "unknown preset \"skylake\"; did you mean" },
};

START_TEST (contradictions_are_refused_at_their_place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = read_cpu (wrong[_i].text, &error);
  ck_assert_msg (s == NULL, "accepted: %s", wrong[_i].text);
  ck_assert_msg (strstr (error->message, wrong[_i].says) != NULL, "%s says: %s",
                 wrong[_i].text, error->message);
}
END_TEST

static const char *const fine[] = {
  /* 11 ways of any number of sets, since slices are chosen by a hash */
  "llc: {size: 22 MiB, ways: 11, cycles: 54}",
  "llc: {size: 33 MiB, ways: 12, cycles: 54}",
  "l2: {size: 0 B, ways: 1, cycles: 0}",
  "guest_psc: {pde: {entries: 0}}",
  "{nested_tlb: {entries: 0}, vpid_bits: 0}",
};

START_TEST (caches_may_have_any_number_of_sets_or_be_absent)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vhm_scenario) s = read_cpu (fine[_i], &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "?");
}
END_TEST

START_TEST (one_level_of_a_preset_is_overridden_alone)
{
  const char *set[] = { "guest_psc.pde.entries=64", "dram=100 ns", NULL };
  const struct vhm_scenario_rules rules = { .schema = &vhm_cpu_schema,
                                            .presets = vhm_embedded_presets,
                                            .overrides = set };
  const char *text = "preset: cascade-lake";
  g_autoptr (vhm_scenario) s
      = vhm_scenario_read_text ("cpu.yaml", text, strlen (text), &rules, NULL);
  ck_assert_ptr_nonnull (s);
  const struct vhm_cpu_config *cpu = s->config;
  ck_assert_uint_eq (cpu->guest_psc[VHM_PSC_PDE].entries, 64);
  ck_assert_uint_eq (cpu->guest_psc[VHM_PSC_PDE].ways, 4);
  ck_assert_uint_eq (cpu->guest_psc[VHM_PSC_PDPTE].entries, 4);
  ck_assert_uint_eq (cpu->host_psc[VHM_PSC_PDE].entries, 32);
  ck_assert_uint_eq (cpu->dram_ns, 100);
}
END_TEST

SUITE ("cpu", tcase_add_loop_test (tc, a_preset_says_what_is_published, 0,
                                   G_N_ELEMENTS (published));
       tcase_add_test (tc, every_processor_preset_is_read_and_tested_here);
       tcase_add_test (tc, the_default_is_a_skylake);
       tcase_add_test (tc, memory_takes_cycles_of_the_clock);
       tcase_add_loop_test (tc, contradictions_are_refused_at_their_place, 0,
                            G_N_ELEMENTS (wrong));
       tcase_add_loop_test (tc, caches_may_have_any_number_of_sets_or_be_absent,
                            0, G_N_ELEMENTS (fine));
       tcase_add_test (tc, one_level_of_a_preset_is_overridden_alone);)
