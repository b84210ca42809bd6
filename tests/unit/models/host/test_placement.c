#include "suite.h"

#include <string.h>

#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/host/registry.h>
#include <vhm/sim/scenario.h>

#define MEMORY "memory: {startup: 1 GiB, maximum: 1 GiB}, workloads: [idle]"

/* A host with these disks and guests (inside the brackets of the lists). */
static struct vhm_scenario *
world (const char *disks, const char *guests)
{
  const struct vhm_scenario_rules rules
      = { .schema = &vhm_case_schema, .registry = vhm_all_plugins };
  g_autofree char *text = g_strdup_printf (
      "duration: 1 min\nhost: {memory: 4 GiB, disks: [%s]}\nguests: [%s]\n",
      disks, guests);
  g_autoptr (GError) error = NULL;
  struct vhm_scenario *s
      = vhm_scenario_read_text ("test", text, strlen (text), &rules, &error);
  ck_assert_msg (s != NULL, "%s", error ? error->message : "");
  return s;
}

START_TEST (far_apart_where_there_is_room)
{
  g_autoptr (vhm_scenario) s = world (
      "{name: d0}", "{name: a, count: 3, " MEMORY "}, {name: b, " MEMORY "}");
  const struct vhm_case *c = s->config;
  ck_assert_uint_eq (vhm_case_page_file_at (c, 0, 0), 0);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 0, 2), 128 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 1, 0), 192 * VHM_GIB);
}
END_TEST

START_TEST (with_equal_gaps_on_a_full_disk)
{
  /* 20 page files of 4 GiB, the largest for 1 GiB of RAM, on 1000 GiB */
  g_autoptr (vhm_scenario) s
      = world ("{name: d0, model: {kind: hdd, capacity: 1000 GiB}}",
               "{name: a, count: 20, " MEMORY "}");
  const struct vhm_case *c = s->config;
  for (uint64_t k = 0; k < 20; k++)
    ck_assert_uint_eq (vhm_case_page_file_at (c, 0, k), k * 50 * VHM_GIB);
}
END_TEST

START_TEST (none_reaches_into_the_next_or_beyond_the_end)
{
  g_autoptr (vhm_scenario) s = world (
      "{name: d0, model: {kind: hdd, capacity: 90 GiB}}",
      "{name: a, count: 7, " MEMORY "}, {name: b, count: 4, os: {kind: "
      "windows, page_file_maximum: 15 GiB}, " MEMORY "}");
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guests = c->guests.items;
  uint64_t end = 0;
  for (size_t i = 0; i < 2; i++)
    for (uint64_t k = 0; k < guests[i].count; k++) {
      uint64_t at = vhm_case_page_file_at (c, i, k);
      ck_assert_uint_ge (at, end);
      ck_assert_uint_eq (at % VHM_PAGE_BYTES, 0);
      end = at + vhm_case_page_file_bytes (&guests[i]);
    }
  const struct vhm_case_disk *disk = c->host.disks.items;
  ck_assert_uint_eq (vhm_case_disk_bytes (disk), 90 * VHM_GIB);
  ck_assert_uint_le (end, vhm_case_disk_bytes (disk));
}
END_TEST

START_TEST (each_disk_counts_its_own)
{
  g_autoptr (vhm_scenario) s
      = world ("{name: d0}, {name: d1}",
               "{name: a, disk: d1, " MEMORY "}, {name: b, count: 2, " MEMORY
               "}, {name: c, disk: d1, " MEMORY "}");
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guests = c->guests.items;
  ck_assert_uint_eq (vhm_case_disk_of (c, &guests[0]), 1);
  ck_assert_uint_eq (vhm_case_disk_of (c, &guests[1]), 0);
  ck_assert_uint_eq (vhm_case_page_files (c, 0).n, 2);
  ck_assert_uint_eq (vhm_case_page_files (c, 0).bytes, 8 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_page_files (c, 1).n, 2);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 0, 0), 0);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 1, 1), 64 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 2, 0), 64 * VHM_GIB);
}
END_TEST

START_TEST (the_largest_page_file_is_three_times_the_ram_up_to_an_eighth)
{
  g_autoptr (vhm_scenario) s = world (
      "{name: d0}",
      "{name: a, memory: {startup: 3 GiB, maximum: 3 GiB}, workloads: [idle]},"
      "{name: b, os: {kind: windows, volume: 16 GiB}, " MEMORY "},"
      "{name: c, os: {kind: windows, page_file_maximum: 5 GiB}, " MEMORY "},"
      "{name: d, os: ideal-lru, " MEMORY "}");
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guests = c->guests.items;
  static const uint64_t expected[]
      = { 9 * VHM_GIB, 2 * VHM_GIB, 5 * VHM_GIB, 0 /* it does not say */ };
  for (size_t i = 0; i < G_N_ELEMENTS (expected); i++)
    ck_assert_uint_eq (vhm_case_page_file_bytes (&guests[i]), expected[i]);
}
END_TEST

#define FILES                                                            \
  "os: {kind: linux, swap: 2 GiB}, memory: {startup: 1 GiB, maximum: 1 " \
  "GiB}, workloads: [{kind: pattern, size: 30 MiB, file: true}, "        \
  "{kind: pattern, size: 5 kB, file: true}, idle]"

START_TEST (a_virtual_disk_lies_behind_the_page_file_if_there_are_files)
{
  g_autoptr (vhm_scenario) s
      = world ("{name: d0, model: {kind: hdd, capacity: 100 GiB}}",
               "{name: a, " FILES "}, {name: b, image: 30 GiB, " FILES
               "}, {name: c, image: 90 GiB, " MEMORY "}");
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guests = c->guests.items;
  ck_assert_uint_eq (vhm_case_file_bytes (&guests[0]), 30 * VHM_MIB + 8192);
  ck_assert_uint_eq (vhm_case_image_bytes (&guests[0]), 20 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_image_bytes (&guests[1]), 30 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_image_bytes (&guests[2]), 0); /* no file */
  ck_assert_uint_eq (vhm_case_image_behind_bytes (&guests[1]), 2 * VHM_GIB);
  struct vhm_page_files all = vhm_case_page_files (c, 0);
  ck_assert_uint_eq (all.bytes, (2 + 20 + 2 + 30 + 4) * VHM_GIB);
  ck_assert_uint_eq (all.image_bytes, 50 * VHM_GIB);
  ck_assert_uint_eq (all.largest_bytes, 32 * VHM_GIB);
  /* 42 GiB are left between three: 14 each */
  ck_assert_uint_eq (vhm_case_page_file_at (c, 0, 0), 0);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 1, 0), (22 + 14) * VHM_GIB);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 2, 0), (54 + 28) * VHM_GIB);
}
END_TEST

/* 16 GiB of them; without a workload that has a file. */
START_TEST (programs_that_the_system_reads_are_on_the_virtual_disk)
{
  g_autoptr (vhm_scenario) s
      = world ("{name: d0}",
               "{name: a, os: {kind: windows, superfetch: {enabled: true}}, "
               "image: 25 GiB, " MEMORY
               "}, {name: b, os: {kind: windows, superfetch: {programs: 3 "
               "GiB}}, image: 25 GiB, " MEMORY "}");
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guests = c->guests.items;
  ck_assert_uint_eq (vhm_case_file_bytes (&guests[0]), 16 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_image_bytes (&guests[0]), 25 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_image_bytes (&guests[1]), 0);
}
END_TEST

START_TEST (a_page_file_without_bound_is_left_room)
{
  g_autoptr (vhm_scenario) s = world (
      "{name: d0}",
      "{name: a, os: ideal-lru, memory: {startup: 1 GiB, maximum: 1 GiB}, "
      "workloads: [{kind: pattern, size: 30 MiB, file: true}]}, {name: b, os: "
      "ideal-lru, " MEMORY "}");
  const struct vhm_case *c = s->config;
  const struct vhm_case_guest *guests = c->guests.items;
  ck_assert_uint_eq (vhm_case_image_behind_bytes (&guests[0]), 32 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_page_files (c, 0).bytes, 52 * VHM_GIB);
  ck_assert_uint_eq (vhm_case_page_file_at (c, 1, 0), 64 * VHM_GIB);
}
END_TEST

SUITE ("placement", tcase_add_test (tc, far_apart_where_there_is_room);
       tcase_add_test (tc,
                       programs_that_the_system_reads_are_on_the_virtual_disk);
       tcase_add_test (tc, with_equal_gaps_on_a_full_disk);
       tcase_add_test (tc, none_reaches_into_the_next_or_beyond_the_end);
       tcase_add_test (tc, each_disk_counts_its_own); tcase_add_test (
           tc, the_largest_page_file_is_three_times_the_ram_up_to_an_eighth);
       tcase_add_test (tc, a_page_file_without_bound_is_left_room);
       tcase_add_test (
           tc, a_virtual_disk_lies_behind_the_page_file_if_there_are_files);)
