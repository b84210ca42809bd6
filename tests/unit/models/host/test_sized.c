/* A case with a guest of another size: what changes, what does not, and room. */
#include "host_run.h"
#include "suite.h"

static const char text[]
    = "duration: 40 s\n"
      "start: \"12:00\"\n"
      "host: {memory: 2 GiB, root_reserve: 0 B, disks: [{name: d0}],\n"
      "       reclaim: [swap]}\n"
      "guests:\n"
      "  - name: a\n"
      "    memory: &m {startup: 512 MiB, minimum: 256 MiB, maximum: 1 GiB,\n"
      "                limit: 300 MiB}\n"
      "    workloads: [{kind: soaker, size: 150 MiB}]\n"
      "  - name: b\n"
      "    count: 2\n"
      "    memory: *m\n"
      "    workloads: [{kind: soaker, size: 150 MiB}]\n"
      "timeline:\n"
      "  - {at: \"12:00:10\", shutdown: a}\n"
      "  - {at: \"12:00:20\", shutdown: \"b[2]\"}\n";

static const struct vhm_case_guest *
guest_at (const struct vhm_case *c, size_t i)
{
  return (const struct vhm_case_guest *) c->guests.items + i;
}

static void
check_fixed (const struct vhm_case_guest *g, uint64_t bytes)
{
  ck_assert_uint_eq (g->memory.startup_bytes, bytes);
  ck_assert_uint_eq (g->memory.minimum_bytes, bytes);
  ck_assert_uint_eq (g->memory.maximum_bytes, bytes);
  ck_assert_uint_eq (g->memory.limit_bytes, 0);
}

/* And no more than needed, by a growth step. */
static void
check_room (const struct vhm_case *c, bool is_grown)
{
  uint64_t needed = vhm_case_root_bytes (&c->host);
  for (size_t i = 0; i < c->guests.n; i++)
    needed += guest_at (c, i)->count
              * (guest_at (c, i)->memory.maximum_bytes
                 + vhm_case_overhead_bytes (&c->host, guest_at (c, i)));
  ck_assert_uint_le (needed, c->host.memory_bytes);
  if (is_grown)
    ck_assert_uint_gt (needed + VHM_GIB, c->host.memory_bytes);
}

START_TEST (one_guest_is_fixed_and_the_host_has_room)
{
  g_autoptr (vhm_scenario) s = host_scenario (text);
  const struct vhm_case *c = s->config;
  struct vhm_case *sized = vhm_case_sized_new (c, 0, 5 * VHM_GIB, false);
  check_fixed (guest_at (sized, 0), 5 * VHM_GIB);
  check_room (sized, true);
  ck_assert_mem_eq (guest_at (sized, 1), guest_at (c, 1),
                    sizeof (struct vhm_case_guest));
  ck_assert_uint_eq (sized->timeline.n, 2);
  vhm_case_sized_free (sized);
  sized = vhm_case_sized_new (c, 1, 128 * VHM_MIB, false);
  check_fixed (guest_at (sized, 1), 128 * VHM_MIB);
  check_room (sized, false);
  ck_assert_uint_eq (guest_at (c, 1)->memory.limit_bytes, 300 * VHM_MIB);
  vhm_case_sized_free (sized);
}
END_TEST

START_TEST (alone_leaves_out_the_others_and_what_happens_to_them)
{
  g_autoptr (vhm_scenario) s = host_scenario (text);
  struct vhm_case *sized
      = vhm_case_sized_new (s->config, 1, 128 * VHM_MIB, true);
  ck_assert_uint_eq (sized->guests.n, 1);
  ck_assert_str_eq (guest_at (sized, 0)->name, "b");
  check_fixed (guest_at (sized, 0), 128 * VHM_MIB);
  ck_assert_uint_eq (sized->host.memory_bytes, 2 * VHM_GIB);
  ck_assert_uint_eq (sized->timeline.n, 1);
  const struct vhm_case_timeline *line = sized->timeline.items;
  ck_assert_str_eq (line->who[VHM_CASE_SHUTDOWN], "b[2]");
  vhm_case_sized_free (sized);
}
END_TEST

SUITE ("sized", tcase_add_test (tc, one_guest_is_fixed_and_the_host_has_room);
       tcase_add_test (tc,
                       alone_leaves_out_the_others_and_what_happens_to_them);)
