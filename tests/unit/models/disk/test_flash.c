/* The flash drive: times by hand. A page of 1000 bytes takes 100 ns to read,
 * 700 ns to program, and 50 ns on the bus (20 GB/s); three channels. */
#include "disk_rig.h"
#include "suite.h"

#define PAGE 1000
#define READ 150  /* latency and bus */
#define WRITE 750 /* bus and latency */

static const struct setting settings[] = {
  { "channels", 3 },
  { "depth", 5 },
  { "read_latency", 100 },
  { "program_latency", 700 },
  { "rate", UINT64_C (20000000000) },
  { "page", PAGE },
  { "capacity", 1000000 },
};

static void
open_rig (struct disk_rig *rig)
{
  disk_rig_open (rig, &vhm_disk_flash, settings, G_N_ELEMENTS (settings));
}

START_TEST (a_page_takes_latency_and_transfer)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 7, 0, PAGE), 7 + READ);
  ck_assert_uint_eq (disk_rig_write (&rig, 7, 0, PAGE), 7 + WRITE);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (reads_of_different_channels_overlap_and_of_one_wait)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, PAGE), READ);
  ck_assert_uint_eq (disk_rig_read (&rig, 10, PAGE, PAGE), 10 + READ);
  ck_assert_uint_eq (disk_rig_read (&rig, 20, 2 * PAGE, PAGE), 20 + READ);
  ck_assert_uint_eq (disk_rig_read (&rig, 30, 3 * PAGE, PAGE), 2 * READ);
  ck_assert_uint_eq (disk_rig_read (&rig, 40, 6 * PAGE, PAGE), 3 * READ);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (a_write_takes_the_channel_that_is_free_first)
{
  struct disk_rig rig;
  open_rig (&rig);
  disk_rig_read (&rig, 0, 0, PAGE);    /* channel 0 until 150 */
  disk_rig_read (&rig, 0, PAGE, PAGE); /* channel 1 until 150 */
  ck_assert_uint_eq (disk_rig_write (&rig, 0, 0, PAGE), WRITE); /* 2 */
  ck_assert_uint_eq (disk_rig_write (&rig, 0, 0, PAGE), READ + WRITE);
  ck_assert_uint_eq (disk_rig_write (&rig, 0, 0, PAGE), READ + WRITE);
  /* and then 2 again, which is free at 750 */
  ck_assert_uint_eq (disk_rig_write (&rig, 0, 0, PAGE), 2 * WRITE);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (a_read_waits_for_a_program_on_its_channel)
{
  struct disk_rig rig;
  open_rig (&rig);
  disk_rig_write (&rig, 0, 0, PAGE); /* channel 0, the lowest of equals */
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, PAGE), WRITE + READ);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, PAGE, PAGE), READ);
  disk_rig_close (&rig);
}
END_TEST

/* Cut at flash pages: how many of them the busiest channel has, and of how many
 * bytes. */
START_TEST (a_request_is_cut_over_the_channels)
{
  static const struct {
    uint64_t at, size, read_ns, write_ns;
  } cases[] = {
    { 0, 3 * PAGE, READ, WRITE },         /* a page each */
    { 0, 4 * PAGE, 2 * READ, 2 * WRITE }, /* channel 0 has two */
    { 0, 7 * PAGE, 3 * READ, 3 * WRITE },
    { 0, 0, 100, 700 },                 /* looks at a page, moves nothing */
    { 2 * PAGE, 0, 100, 700 },          /* at a border, too */
    { 0, 200, 110, 710 },               /* a part of a page */
    { 900, 200, 105, 705 },             /* the ends of two pages */
    { 800, 3000, 200 + 50, 710 + 740 }, /* 200 and 800 bytes on channel 0 */
    { 1, 3 * PAGE - 2, READ, WRITE },   /* page 1 is whole */
  };
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, cases[_i].at, cases[_i].size),
                     cases[_i].read_ns);
  disk_rig_close (&rig);
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_write (&rig, 0, cases[_i].at, cases[_i].size),
                     cases[_i].write_ns);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (transfers_are_rounded_up)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (disk_rig_read (&rig, 0, 0, 21), 100 + 2);
  disk_rig_close (&rig);
}
END_TEST

START_TEST (has_the_depth_and_capacity_asked_for)
{
  struct disk_rig rig;
  open_rig (&rig);
  ck_assert_uint_eq (rig.ops->depth (rig.config), 5);
  ck_assert_uint_eq (rig.ops->capacity_bytes (rig.config), 1000000);
  disk_rig_close (&rig);
}
END_TEST

SUITE ("flash", tcase_add_test (tc, a_page_takes_latency_and_transfer);
       tcase_add_test (tc, reads_of_different_channels_overlap_and_of_one_wait);
       tcase_add_test (tc, a_write_takes_the_channel_that_is_free_first);
       tcase_add_test (tc, a_read_waits_for_a_program_on_its_channel);
       tcase_add_loop_test (tc, a_request_is_cut_over_the_channels, 0, 9);
       tcase_add_test (tc, transfers_are_rounded_up);
       tcase_add_test (tc, has_the_depth_and_capacity_asked_for);)
