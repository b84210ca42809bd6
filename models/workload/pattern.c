/* One reference pattern and nothing else: for questions about replacement,
 * translation and reclaim that want a known distribution.
 *
 * With `file` the memory is a file that the guest's system caches, read from its
 * virtual disk; a scan is then a program that reads it from end to end. With as
 * many `references` as it has pages an operation is one pass over it.
 *
 * All of `size` is committed at the start and one region covers it; its pages
 * are first touched when the pattern comes to them. A commit refused at the
 * start leaves it without memory to reference. A scan that is not cyclic ends
 * after its lap: its threads go on computing, and reference nothing.
 *
 * With `buffers` and `queue` it has memory of its own beside that, which shares of
 * the references go to: any page of the buffers with the same chance, the queue
 * round and round: a program that reads a file, hands it on and works on it. Then
 * only these are written. Threads begin after `begins`; until then the process is
 * there and does nothing.
 *
 * Cost: one event an operation.
 */
#include "pace.h"

struct config {
  struct pace pace;
  uint64_t size_bytes, hot_ppm, hot_weight_ppm, stride, begins_ns;
  uint64_t buffer_bytes, buffer_ppm, queue_bytes, queue_ppm;
  double exponent;
  int pattern; /* enum vhm_pattern */
  bool cyclic, is_file;
  struct vhm_list content; /* struct vhm_content_key */
};

struct state {
  const struct config *config;
};

static void
add_own (const struct config *c, vhm_process *p, uint64_t bytes,
         enum vhm_pattern pattern, uint64_t share_ppm)
{
  if (bytes == 0)
    return;
  uint32_t n = (uint32_t) vhm_bytes_to_pages (bytes);
  const struct vhm_region_spec spec = {
    .pattern = pattern,
    .n_pages = n,
    .n_active = vhm_process_commit (p, n) ? n : 0,
    .share = (double) share_ppm / (double) VHM_PPM,
    .write = pace_write (&c->pace),
    .stride = 1,
    .cyclic = true,
  };
  vhm_process_add_region (p, &spec);
}

/* Share of the references that is left for the pattern itself. */
static double
pattern_share (const struct config *c)
{
  uint64_t ppm = (c->buffer_bytes > 0 ? c->buffer_ppm : 0)
                 + (c->queue_bytes > 0 ? c->queue_ppm : 0);
  return 1 - (double) ppm / (double) VHM_PPM;
}

static void
start (void *state, const void *config, vhm_process *p)
{
  struct state *s = state;
  const struct config *c = s->config = config;
  uint32_t n = (uint32_t) vhm_bytes_to_pages (c->size_bytes);
  bool committed = c->is_file || vhm_process_commit (p, n);
  struct vhm_content_class content[VHM_CONTENT_MAX_CLASSES];
  const struct vhm_region_spec spec = {
    .pattern = (enum vhm_pattern) c->pattern,
    .n_pages = n,
    .n_active = committed ? n : 0,
    .share = pattern_share (c),
    .write = pattern_share (c) < 1 ? 0 : pace_write (&c->pace),
    .exponent = c->exponent,
    .hot = (double) c->hot_ppm / (double) VHM_PPM,
    .hot_weight = (double) c->hot_weight_ppm / (double) VHM_PPM,
    .stride = (uint32_t) c->stride,
    .cyclic = c->cyclic,
    .content = content,
    .n_content = vhm_content_classes (&c->content, content),
    .is_file = c->is_file,
    .file_at = c->is_file ? vhm_process_new_file (p, n) : 0,
  };
  vhm_process_add_region (p, &spec);
  add_own (c, p, c->buffer_bytes, VHM_PATTERN_UNIFORM, c->buffer_ppm);
  add_own (c, p, c->queue_bytes, VHM_PATTERN_SCAN, c->queue_ppm);
  struct vhm_threads threads = pace_threads (&c->pace);
  threads.held = c->begins_ns > 0;
  vhm_process_run (p, &threads);
  if (threads.held)
    vhm_process_set_timer (p, c->begins_ns);
}

static void
notice (void *state, vhm_process *p, enum vhm_notice what)
{
  (void) state;
  if (what == VHM_NOTICE_TIMER)
    vhm_process_release (p);
}

#define AT(field) offsetof (struct config, field)

static const char *const patterns[] = { [VHM_PATTERN_UNIFORM] = "uniform",
                                        [VHM_PATTERN_ZIPF] = "zipf",
                                        [VHM_PATTERN_HOT_COLD] = "hot-cold",
                                        [VHM_PATTERN_SCAN] = "scan",
                                        [VHM_N_PATTERNS] = NULL };

static const struct vhm_param params[] = {
  { .key = "size",
    .type = VHM_PARAM_BYTES,
    .offset = AT (size_bytes),
    .fallback = NULL,
    .min = "4 KiB",
    .max = "256 GiB",
    .help = "memory that it references" },
  { .key = "pattern",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (pattern),
    .fallback = "zipf",
    .help = "how often each page is referenced, or in which order",
    .choices = patterns },
  { .key = "exponent",
    .type = VHM_PARAM_NUMBER,
    .offset = AT (exponent),
    .fallback = "0.8",
    .min = "0",
    .max = "4",
    .help
    = "zipf: page i of 1, 2 ... is referenced in proportion to i^-exponent",
    .source = "0.64 to 0.83 in six traces of web requests (Breslau et al., "
              "INFOCOM 1999)" },
  { .key = "hot",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_ppm),
    .fallback = "20 %",
    .min = "0 %",
    .max = "100 %",
    .help = "hot-cold: share of the pages that is hot",
    .source = "assumed: the rule of 80 and 20" },
  { .key = "hot_weight",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (hot_weight_ppm),
    .fallback = "80 %",
    .min = "0 %",
    .max = "100 %",
    .help = "hot-cold: share of the references that go there",
    .source = "assumed: the rule of 80 and 20" },
  { .key = "stride",
    .type = VHM_PARAM_COUNT,
    .offset = AT (stride),
    .fallback = "1",
    .min = "1",
    .max = "1000000",
    .help = "scan: every stride-th page is visited" },
  { .key = "cyclic",
    .type = VHM_PARAM_BOOL,
    .offset = AT (cyclic),
    .fallback = "true",
    .help = "scan: begins again when it has come to the end" },
  { .key = "file",
    .type = VHM_PARAM_BOOL,
    .offset = AT (is_file),
    .fallback = "false",
    .help = "the memory is a file of the guest, read from its virtual disk and "
            "cached by its system" },
  { .key = "buffers",
    .type = VHM_PARAM_BYTES,
    .offset = AT (buffer_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "256 GiB",
    .help = "memory of its own beside it, any page with the same chance" },
  { .key = "buffer_share",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (buffer_ppm),
    .fallback = "40 %",
    .min = "0.0001 %",
    .max = "99 %",
    .help = "share of the references that go to the buffers, if there are some",
    .source = "assumed" },
  { .key = "queue",
    .type = VHM_PARAM_BYTES,
    .offset = AT (queue_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "256 GiB",
    .help
    = "memory of its own that it goes through in order, round and round" },
  { .key = "queue_share",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (queue_ppm),
    .fallback = "20 %",
    .min = "0.0001 %",
    .max = "99 %",
    .help = "share of the references that go to the queue, if there is one",
    .source = "assumed" },
  { .key = "begins",
    .type = VHM_PARAM_TIME,
    .offset = AT (begins_ns),
    .fallback = "0 s",
    .min = "0 s",
    .max = "1000 h",
    .help = "when its threads begin, counted from its start" },
  { .key = "content",
    .type = VHM_PARAM_LIST,
    .offset = AT (content),
    .fallback = "",
    .help = "what its pages hold when they have been filled; what is left over "
            "is unique. As the guest's if absent",
    .child = &vhm_content_schema },
  PACE_ROWS (config, "1", "1000", "0 s", "30 %"),
};

static void
check (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct config *c = config;
  vhm_content_check_keys (&c->content, "content", complain, reader);
  if (c->stride > vhm_bytes_to_pages (c->size_bytes))
    complain (reader, "stride", "more pages than there are",
              "at most the pages of size");
  if (pattern_share (c) <= 0)
    complain (reader, c->queue_bytes > 0 ? "queue_share" : "buffer_share",
              "nothing is left for the pattern",
              "shares of buffers and queue that make less than 100 %");
}

static uint64_t
file_bytes (const void *config)
{
  const struct config *c = config;
  return c->is_file ? c->size_bytes : 0;
}

static const struct vhm_workload_ops ops
    = { .start = start, .notice = notice, .file_bytes = file_bytes };

const struct vhm_plugin vhm_workload_pattern = {
  .kind = VHM_PLUGIN_WORKLOAD,
  .name = "pattern",
  .summary = "references memory by one known pattern",
  .config = { .name = "pattern",
              .help = "a reference pattern",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params),
              .check = check },
  .state_size = sizeof (struct state),
  .ops = &ops,
};
