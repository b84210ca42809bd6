/* Which dimensions go together. */
#include "suite.h"

#include "expect_messages.h"

static const struct refused refused[] = {
  { "max(guest1.physical_memory) + max(guest1.pressure)",
    "column 29: bytes and percent do not go together" },
  { "mean(guest1.physical_memory > 2)",
    "column 29: bytes and a plain number do not go together; write the number "
    "with its unit" },
  { "mean(guest1.physical_memory > 100 %)",
    "column 29: bytes and percent do not go together" },
  { "mean(guest1.latency_s > 5)",
    "column 23: seconds and a plain number do not go together; write the "
    "number with its unit" },
  { "mean(guest1.pressure > 2 GiB)",
    "column 22: percent and bytes do not go together" },
  { "max(guest1.pressure) - max(guest1.add_operations)",
    "column 22: percent and a plain number do not go together" },
  { "greatest(max(guest1.pressure), 5, max(guest1.ready))",
    "column 1: percent and cycles do not go together" },
  { "max(guest1.physical_memory) * max(guest1.physical_memory)",
    "column 29: bytes and bytes do not go together" },
  { "max(guest1.physical_memory) / 5 s",
    "column 29: bytes and seconds do not go together" },
  { "mean(guest1.pages_input_per_s > 5 s)",
    "column 31: a rate and seconds do not go together" },
};

START_TEST (refuses_to_mix_dimensions)
{
  check_refused (&refused[_i]);
}
END_TEST

START_TEST (zero_goes_with_everything)
{
  static const char *const counters[]
      = { "pressure",          "physical_memory", "add_operations",
          "pages_input_per_s", "latency_s",       "ready" };
  enum vhm_unit unit;
  g_autofree char *message = NULL;
  g_autofree char *text
      = g_strdup_printf ("mean(guest1.%s >= 0)", counters[_i]);
  ck_assert_double_eq (small_value (text, &unit, &message), 1);
}
END_TEST

SUITE ("expect_units", tcase_add_loop_test (tc, refuses_to_mix_dimensions, 0,
                                            G_N_ELEMENTS (refused));
       tcase_add_loop_test (tc, zero_goes_with_everything, 0, 6);)
