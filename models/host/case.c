/* The keys of a scenario beside `host`, `guests` and `timeline`, and all of them
 * put together. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>
#include <vhm/model/balancer.h>
#include <vhm/model/guest_os.h>

#include <glib.h>

#include "case_parts.h"

#define AT(field) offsetof (struct vhm_case_expect, field)
static const struct vhm_param expect_params[] = {
  { .key = "name",
    .type = VHM_PARAM_TEXT,
    .offset = AT (name),
    .fallback = NULL,
    .help = "short name, for the table" },
  { .key = "that",
    .type = VHM_PARAM_TEXT,
    .offset = AT (that),
    .fallback = NULL,
    .help = "expression over the counters, say mean(guest5.pressure) from "
            "13:20 to 16:30" },
  { .key = "at_least",
    .type = VHM_PARAM_TEXT,
    .offset = AT (low),
    .fallback = "",
    .help = "lower bound of the accepted range, with its unit" },
  { .key = "at_most",
    .type = VHM_PARAM_TEXT,
    .offset = AT (high),
    .fallback = "",
    .help = "upper bound of the accepted range, with its unit" },
  { .key = "published",
    .type = VHM_PARAM_TEXT,
    .offset = AT (published),
    .fallback = "",
    .help = "the value as printed in the source" },
  { .key = "value",
    .type = VHM_PARAM_TEXT,
    .offset = AT (value),
    .fallback = "",
    .help = "the published value as a number with its unit, for vhm validate" },
  { .key = "tolerance",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (tolerance_ppm),
    .fallback = "",
    .min = "0.01 %",
    .max = "1000 %",
    .help = "of value; stands for at_least and at_most" },
  { .key = "over",
    .type = VHM_PARAM_NAME,
    .offset = AT (over),
    .fallback = "",
    .help = "of an expectation of a variant: the variant by whose value of the "
            "same expression this one is divided" },
  { .key = "series",
    .type = VHM_PARAM_TEXT,
    .offset = AT (series),
    .fallback = "",
    .help = "line in the figure of vhm validate that this is a point of" },
  { .key = "x",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (x),
    .fallback = "",
    .help = "where the point stands, see axis" },
  { .key = "fitted",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_fitted),
    .fallback = "false",
    .help = "inputs were fitted on it; else it is a prediction" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .fallback = "",
    .help = "where it is printed" },
  { .key = "figure",
    .type = VHM_PARAM_TEXT,
    .offset = AT (figure),
    .fallback = "",
    .help = "figure of this run that shows it" },
  { .key = "known_miss",
    .type = VHM_PARAM_TEXT,
    .offset = AT (known_miss),
    .fallback = "",
    .help = "why this expectation fails and should; shown as a miss, does not "
            "fail the run" },
};
static void
check_expect (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_expect *e = config;
  bool has_value = e->value && *e->value;
  bool is_bounded = (e->low && *e->low) || (e->high && *e->high);
  if (!is_bounded && !(has_value && e->tolerance_ppm > 0))
    complain (reader, "that", "no bound",
              "at_least, at_most or both, or value and tolerance");
  if (is_bounded && e->tolerance_ppm > 0)
    complain (reader, "tolerance", "bounds are given already",
              "either tolerance or at_least and at_most");
  else if (e->tolerance_ppm > 0 && !has_value)
    complain (reader, "tolerance", "of nothing",
              "the published value as value");
}
static const struct vhm_schema expect_schema
    = { .name = "expectation",
        .help = "what should come out",
        .size = sizeof (struct vhm_case_expect),
        .check = check_expect,
        .mark_offset = AT (mark),
        N (expect_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_assumed, field)
static const struct vhm_param assumed_params[] = {
  { .key = "key",
    .type = VHM_PARAM_TEXT,
    .offset = AT (key),
    .fallback = NULL,
    .help = "path of the key, as in --set" },
  { .key = "why",
    .type = VHM_PARAM_TEXT,
    .offset = AT (why),
    .fallback = NULL,
    .help = "why it has the value it has" },
};
static const struct vhm_schema assumed_schema
    = { .name = "assumption",
        .help = "an input that the source does not give",
        .size = sizeof (struct vhm_case_assumed),
        .mark_offset = AT (mark),
        N (assumed_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_figure, field)
static const struct vhm_param figure_params[] = {
  { .key = "id",
    .type = VHM_PARAM_NAME,
    .offset = AT (id),
    .fallback = NULL,
    .help = "figure to draw, see vhm list figures" },
  { .key = "title",
    .type = VHM_PARAM_TEXT,
    .offset = AT (title),
    .fallback = "",
    .help = "instead of the figure's own" },
  { .key = "from",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (from_ns),
    .fallback = "",
    .help = "clock of day at which the figure begins" },
  { .key = "to",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (to_ns),
    .fallback = "",
    .help = "clock of day at which it ends" },
  { .key = "guests",
    .type = VHM_PARAM_TEXT,
    .offset = AT (guests),
    .fallback = "",
    .help = "guests to show, separated by spaces; all if absent" },
};
static const struct vhm_schema figure_schema
    = { .name = "figure",
        .help = "a figure of the report",
        .size = sizeof (struct vhm_case_figure),
        .mark_offset = AT (mark),
        N (figure_params) };
#undef AT

#define AT(field) offsetof (struct vhm_case_variant, field)
static const struct vhm_param variant_params[] = {
  { .key = "name",
    .type = VHM_PARAM_NAME,
    .offset = AT (name),
    .fallback = NULL,
    .help = "of the variant, in tables" },
  { .key = "set",
    .type = VHM_PARAM_TREE,
    .offset = AT (set),
    .fallback = "",
    .help = "PATH: VALUE, as many as differ from the scenario, paths as in "
            "--set; nothing if absent" },
  { .key = "expect",
    .type = VHM_PARAM_LIST,
    .offset = AT (expect),
    .fallback = "",
    .help = "what should come out of this variant, for vhm validate",
    .child = &expect_schema },
};
static const struct vhm_schema variant_schema
    = { .name = "variant",
        .help = "a version of the scenario, for vhm compare and vhm validate",
        .size = sizeof (struct vhm_case_variant),
        .mark_offset = AT (mark),
        N (variant_params) };
#undef AT

/* Each is compared with the first: a longer table nobody reads. */
#define MOST_VARIANTS "64"

static const char *const references[] = {
  [VHM_CASE_NEXT_FAULT] = "next-fault", [VHM_CASE_EVERY] = "every", NULL
};

#define AT(field) offsetof (struct vhm_case, field)
static const struct vhm_param case_params[] = {
  { .key = "question",
    .type = VHM_PARAM_TEXT,
    .offset = AT (question),
    .fallback = "",
    .help = "what the run should answer" },
  { .key = "source",
    .type = VHM_PARAM_TEXT,
    .offset = AT (source),
    .fallback = "",
    .help = "where the case is published" },
  { .key = "reading",
    .type = VHM_PARAM_TEXT,
    .offset = AT (reading),
    .fallback = "",
    .help = "which reading of contradictory sources the run follows" },
  { .key = "axis",
    .type = VHM_PARAM_TEXT,
    .offset = AT (axis),
    .fallback = "",
    .help = "what x of expectations is, with its unit: guest memory, MB" },
  { .key = "start",
    .type = VHM_PARAM_CLOCK,
    .offset = AT (start_ns),
    .fallback = "00:00",
    .help = "clock of day at the beginning of the run" },
  { .key = "duration",
    .type = VHM_PARAM_TIME,
    .offset = AT (duration_ns),
    .fallback = NULL,
    .min = "1 s",
    .max = "365 d",
    .help = "simulated time" },
  { .key = "sample",
    .type = VHM_PARAM_TIME,
    .offset = AT (sample_ns),
    .fallback = "10 s",
    .min = "100 ms",
    .max = "1 h",
    .help = "time between two samples" },
  { .key = "seed",
    .type = VHM_PARAM_COUNT,
    .offset = AT (seed),
    .fallback = "1",
    .min = "0",
    .help = "of all random numbers" },
  { .key = "reference",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (reference),
    .fallback = "next-fault",
    .help = "next-fault: only what somebody sees is simulated, whatever "
            "happens between two faults is drawn; every: each page reference "
            "is drawn, the same in distribution and for short runs",
    .choices = references },
  { .key = "host",
    .type = VHM_PARAM_OBJECT,
    .offset = AT (host),
    .fallback = NULL,
    .help = "the machine and its hypervisor",
    .child = &vhm_case_host_schema },
  { .key = "guests",
    .type = VHM_PARAM_LIST,
    .offset = AT (guests),
    .fallback = NULL,
    .help = "the guests, in the order in which they start",
    .child = &vhm_case_guest_schema },
  { .key = "timeline",
    .type = VHM_PARAM_LIST,
    .offset = AT (timeline),
    .fallback = "",
    .help = "what somebody does to the host, when",
    .child = &vhm_case_timeline_schema },
  { .key = "expect",
    .type = VHM_PARAM_LIST,
    .offset = AT (expect),
    .fallback = "",
    .help = "what should come out",
    .child = &expect_schema },
  { .key = "assumed",
    .type = VHM_PARAM_LIST,
    .offset = AT (assumed),
    .fallback = "",
    .help = "inputs that the source does not give",
    .child = &assumed_schema },
  { .key = "figures",
    .type = VHM_PARAM_LIST,
    .offset = AT (figures),
    .fallback = "",
    .help = "figures of the report; every figure over the whole run if absent",
    .child = &figure_schema },
  { .key = "variants",
    .type = VHM_PARAM_LIST,
    .offset = AT (variants),
    .fallback = "",
    .max = MOST_VARIANTS,
    .help = "versions that vhm compare runs side by side, the first one being "
            "what the others are compared with",
    .child = &variant_schema },
};

/* A billion samples is a typing error. */
#define MOST_SAMPLES UINT64_C (1000000)

static void
check_affinity (const struct vhm_case *c, const struct vhm_case_cpu *cpu,
                vhm_schema_complain complain, void *reader)
{
  const struct vhm_case_processors *some = cpu->affinity.items;
  if (cpu->affinity.n > 0 && c->host.scheduler != VHM_SCHEDULER_QUANTUM)
    complain (reader, "guests", "cpu.affinity, and host.scheduler is fluid",
              "host.scheduler: quantum");
  for (size_t i = 0; i < cpu->affinity.n; i++) {
    if (some[i].from > some[i].to)
      complain (reader, "guests", "cpu.affinity from above to",
                "the first processor in `from`, the last one in `to`");
    if (some[i].to >= c->host.n_cpus)
      complain (reader, "guests", "cpu.affinity to processors the host has not",
                "at most host.cpus - 1");
  }
}

static void
check_case (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_case *c = config;
  if (c->duration_ns / c->sample_ns > MOST_SAMPLES)
    complain (reader, "sample", "more than a million samples in the run",
              "a longer time between samples");
  if (c->guests.n == 0)
    complain (reader, "guests", "empty", "at least one guest");
  const struct vhm_case_guest *guests = c->guests.items;
  uint64_t n = 0;
  for (size_t i = 0; i < c->guests.n; i++)
    n += guests[i].count;
  if (n > VHM_MOST_VMS)
    complain (reader, "guests", "more than 1024 guests",
              "at most 1024, as on a Hyper-V host");
  for (size_t i = 0; i < c->guests.n; i++)
    check_affinity (c, &guests[i].cpu, complain, reader);
  for (size_t i = 0; i < c->guests.n; i++)
    if (guests[i].page_size == VHM_PAGE_1G && !c->host.cpu.has_1g)
      complain (reader, "guests",
                "page_size 1 GiB, which host.cpu does not have",
                "4 KiB or 2 MiB, or another host.cpu");
}

const struct vhm_schema vhm_case_schema
    = { .name = "scenario",
        .help = "one question to the simulator",
        .size = sizeof (struct vhm_case),
        .check = check_case,
        N (case_params) };
#undef AT
