/* An ideal guest: one exact global LRU over all its processes, no lists, no
 * notifications. For theory: its misses are those of textbook LRU.
 *
 * A fault on an untouched page gets a free frame, or else the frame of the page
 * whose last access is oldest in the whole guest (host time, across processes).
 * An evicted page lies in an unbounded paging area at its own number, so reads
 * and writes seek as far apart as the pages are; a dirty one is written before
 * its frame is used again (the write is queued before the read, on one disk). A
 * page of a file lies in its file from the start: it is read when first touched,
 * alone, and dropped when clean. Dropped by its process it stays there; nothing
 * is cached that nobody maps.
 *
 * Invariant: each frame is free, ballooned or holds one page; n_resident pages
 * are mapped. Cost: O(processes) a fault beside the reference tables; 4 bytes a
 * page, 8 a frame. Left out on purpose: everything else an OS does.
 */
#include <vhm/base/require.h>
#include <vhm/model/guest_os.h>
#include <vhm/sim/large_pages.h>

#define NONE UINT32_MAX

struct config {
  uint64_t fault_ns, zero_ns;
};

/* Half a word less is half a cache line less a reference. */
struct page {
  uint32_t gfn : 31; /* or that it has none: */
  uint32_t reading : 1;
};
#define UNTOUCHED UINT32_C (0x7fffffff) /* nothing was ever in it */
#define EVICTED UINT32_C (0x7ffffffe)   /* its content is on the disk */
#define MOST_FRAMES EVICTED

static bool
has_frame (const struct page *p)
{
  return p->gfn < MOST_FRAMES;
}

struct waiting {
  struct vhm_fault fault;
  uint32_t page;
};

/* What lies in a frame: a page of the guest, or */
#define IN_NOTHING UINT32_C (0xffffffff)
#define IN_BALLOON UINT32_C (0xfffffffe)

struct ideal {
  const struct config *config;
  vhm_guest *guest;
  struct page *pages;
  uint32_t *in; /* by gfn: what lies there */
  uint32_t n_pages;
  GArray *free;  /* uint32_t gfns */
  GArray *ages;  /* vhm_ages *, by process */
  GArray *waits; /* struct waiting: for the page's read to end */
  uint32_t n_frames, n_ballooned, n_resident, n_reading;
  uint64_t commit_pages;
  struct vhm_guest_counters count;
};

static void
add_frames (struct ideal *s, uint32_t first, uint32_t n)
{
  s->in = g_renew (uint32_t, s->in, first + n);
  for (uint32_t gfn = first + n; gfn-- > first;) {
    s->in[gfn] = IN_NOTHING;
    g_array_append_val (s->free, gfn);
  }
  s->n_frames += n;
}

static void
boot (void *state, const void *config, vhm_guest *guest, uint32_t n_pages)
{
  struct ideal *s = state;
  s->config = config;
  s->guest = guest;
  s->free = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  s->ages = g_array_new (FALSE, FALSE, sizeof (vhm_ages *));
  s->waits = g_array_new (FALSE, FALSE, sizeof (struct waiting));
  VHM_REQUIRE (n_pages < MOST_FRAMES);
  add_frames (s, 0, n_pages);
}

static void
stop (void *state)
{
  struct ideal *s = state;
  for (guint i = 0; i < s->ages->len; i++)
    vhm_ages_free (g_array_index (s->ages, vhm_ages *, i));
  g_array_unref (s->ages);
  g_array_unref (s->free);
  g_array_unref (s->waits);
  g_free (s->in);
  g_free (s->pages);
}

/* What a page without contents of its own is. */
static uint32_t
untouched (const vhm_process *process, uint32_t own)
{
  uint64_t at;
  return vhm_process_is_file (process, own, &at) ? EVICTED : UNTOUCHED;
}

static void
add_process (void *state, vhm_process *process)
{
  struct ideal *s = state;
  vhm_ages *ages = vhm_ages_new (vhm_process_refs (process), false);
  g_array_append_val (s->ages, ages);
  uint32_t first = s->n_pages;
  s->n_pages += vhm_refs_n_pages (vhm_process_refs (process));
  s->pages = g_renew (struct page, s->pages, s->n_pages);
  vhm_large_advise (s->pages, s->n_pages * sizeof *s->pages);
  for (uint32_t v = first; v < s->n_pages; v++)
    s->pages[v]
        = (struct page){ .gfn = untouched (process, v - first) & UNTOUCHED };
}

static bool
commit (void *state, uint32_t n_pages)
{
  ((struct ideal *) state)->commit_pages += n_pages;
  return true;
}

static void
uncommit (void *state, uint32_t n_pages)
{
  struct ideal *s = state;
  VHM_REQUIRE (n_pages <= s->commit_pages);
  s->commit_pages -= n_pages;
}

static void
page_out (void *context, uint64_t tag)
{
  (void) context;
  (void) tag;
}

/* Starts reading or writing a page of the process, from or into its frame. */
static void
move (struct ideal *s, const vhm_process *process, uint32_t own, bool is_write,
      vhm_disk_fn done)
{
  uint32_t v = vhm_process_first_page (process) + own;
  const uint32_t gfn = s->pages[v].gfn;
  uint64_t at = v;
  bool is_file = vhm_process_is_file (process, own, &at);
  const struct vhm_guest_io io = {
    .file = is_file ? VHM_FILE_IMAGE : VHM_FILE_PAGING,
    .at = at,
    .n = 1,
    .gfns = &gfn,
    .is_write = is_write,
    .done = done,
    .context = s,
    .tag = v,
  };
  vhm_guest_io (s->guest, &io);
}

/* The page is unmapped and has its frame still. */
static void
write_if_dirty (struct ideal *s, const vhm_process *process, uint32_t own)
{
  vhm_refs *refs = vhm_process_refs (process);
  if (!vhm_refs_is_dirty (refs, own))
    return;
  s->count.page_writes++;
  s->count.pages_output++;
  move (s, process, own, true, page_out);
  vhm_refs_clean (refs, own);
}

/* Takes the globally oldest page out and returns its frame; NONE if nothing is
 * resident. */
static uint32_t
evict (struct ideal *s)
{
  uint32_t best = NONE, page = 0;
  double oldest = 0;
  for (uint32_t i = 0; i < s->ages->len; i++) {
    uint32_t candidate;
    double accessed;
    vhm_ages *ages = g_array_index (s->ages, vhm_ages *, i);
    if (!vhm_ages_peek (ages, &candidate, &accessed))
      continue;
    double when
        = vhm_process_time_of (vhm_guest_process (s->guest, i), accessed);
    if (best != NONE && when >= oldest)
      continue;
    best = i;
    oldest = when;
    page = candidate;
  }
  if (best == NONE)
    return NONE;
  vhm_process *process = vhm_guest_process (s->guest, best);
  vhm_refs *refs = vhm_process_refs (process);
  vhm_ages_pop (g_array_index (s->ages, vhm_ages *, best), &page, &oldest);
  vhm_refs_unmap (refs, page);
  vhm_process_page_lost (process, page);
  uint32_t v = vhm_process_first_page (process) + page;
  write_if_dirty (s, process, page);
  uint32_t gfn = s->pages[v].gfn;
  s->in[gfn] = IN_NOTHING;
  s->pages[v].gfn = EVICTED;
  s->n_resident--;
  return gfn;
}

static uint32_t
take_frame (struct ideal *s)
{
  if (s->free->len == 0)
    return evict (s);
  uint32_t gfn = g_array_index (s->free, uint32_t, s->free->len - 1);
  g_array_set_size (s->free, s->free->len - 1);
  return gfn;
}

static void
map (struct ideal *s, vhm_process *process, uint32_t own, bool write,
     enum vhm_arrival arrival)
{
  uint32_t v = vhm_process_first_page (process) + own, gfn = s->pages[v].gfn;
  s->n_resident++;
  s->in[gfn] = v;
  vhm_refs_map (vhm_process_refs (process), own, write, true);
  vhm_process_page_mapped (process, own, gfn, arrival);
  vhm_ages_insert (
      g_array_index (s->ages, vhm_ages *, vhm_process_number (process)), own);
}

static void
read_done (void *context, uint64_t page)
{
  struct ideal *s = context;
  if (!vhm_guest_is_running (s->guest))
    return;
  vhm_guest_begin (s->guest);
  struct page *p = &s->pages[page];
  bool mapped = false;
  p->reading = false;
  s->n_reading--;
  for (guint i = 0; i < s->waits->len;) {
    struct waiting x = g_array_index (s->waits, struct waiting, i);
    if (x.page != page) {
      i++;
      continue;
    }
    if (!mapped)
      map (s, x.fault.process, x.fault.page, x.fault.write, VHM_ARRIVAL_READ);
    else if (x.fault.write)
      vhm_refs_soil (vhm_process_refs (x.fault.process), x.fault.page);
    mapped = true;
    g_array_remove_index (s->waits, i);
    vhm_process_fault_served (x.fault.process, x.fault.thread);
  }
  vhm_guest_end (s->guest);
}

static void
charge (struct ideal *s, vhm_process *process, uint64_t ns)
{
  vhm_process_charge (process, VHM_ACCOUNT_GUEST_FAULT,
                      vhm_ns_to_cycles (vhm_guest_clock_hz (s->guest), ns));
}

static enum vhm_fault_outcome
fault (void *state, const struct vhm_fault *f)
{
  struct ideal *s = state;
  uint32_t v = vhm_process_first_page (f->process) + f->page;
  struct page *p = &s->pages[v];
  s->count.page_faults++;
  bool is_first = p->gfn == UNTOUCHED;
  if (!p->reading) {
    p->gfn = take_frame (s) & UNTOUCHED;
    VHM_REQUIRE (has_frame (p)); /* a thread faults: it has no frame itself */
  }
  if (is_first) {
    charge (s, f->process, s->config->zero_ns);
    s->count.demand_zero_faults++;
    map (s, f->process, f->page, f->write, VHM_ARRIVAL_ZEROED);
    return VHM_FAULT_SERVED;
  }
  charge (s, f->process, s->config->fault_ns);
  struct waiting x = { .fault = *f, .page = v };
  g_array_append_val (s->waits, x);
  if (!p->reading) {
    p->reading = true;
    s->n_reading++;
    s->count.page_reads++;
    s->count.pages_input++;
    s->in[p->gfn] = v;
    move (s, f->process, f->page, false, read_done);
  }
  return VHM_FAULT_WAITS;
}

static uint32_t
fill (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct ideal *s = state;
  uint32_t fresh = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t v = vhm_process_first_page (process) + first + i;
    if (s->pages[v].gfn != untouched (process, first + i))
      continue; /* a reference was faster */
    s->pages[v].gfn = take_frame (s) & UNTOUCHED;
    VHM_REQUIRE (has_frame (&s->pages[v]));
    map (s, process, first + i, true, VHM_ARRIVAL_ZEROED);
    fresh++;
  }
  s->count.page_faults += fresh;
  s->count.demand_zero_faults += fresh;
  charge (s, process, fresh * s->config->zero_ns);
  return n;
}

static void
drop (void *state, vhm_process *process, uint32_t first, uint32_t n)
{
  struct ideal *s = state;
  for (uint32_t i = first; i < first + n; i++) {
    struct page *p = &s->pages[vhm_process_first_page (process) + i];
    if (p->reading)
      continue; /* it will be mapped, unused, and age out */
    if (has_frame (p)) {
      vhm_refs_unmap (vhm_process_refs (process), i);
      if (untouched (process, i) == EVICTED)
        write_if_dirty (s, process, i);
      vhm_refs_clean (vhm_process_refs (process), i);
      vhm_process_page_lost (process, i);
      uint32_t gfn = p->gfn;
      s->in[gfn] = IN_NOTHING;
      g_array_append_val (s->free, gfn);
      s->n_resident--;
    }
    *p = (struct page){ .gfn = untouched (process, i) & UNTOUCHED };
  }
}

static uint32_t
balloon (void *state, uint32_t n, uint32_t *ret_gfns)
{
  struct ideal *s = state;
  uint32_t got = 0;
  /* every thread may be waiting for a frame of its own */
  uint32_t keep = 64;
  while (got < n && s->free->len + s->n_resident > keep) {
    ret_gfns[got] = take_frame (s);
    s->in[ret_gfns[got++]] = IN_BALLOON;
  }
  s->n_ballooned += got;
  return got;
}

static void
unballoon (void *state, const uint32_t *gfns, uint32_t n)
{
  struct ideal *s = state;
  for (uint32_t i = 0; i < n; i++)
    s->in[gfns[i]] = IN_NOTHING;
  g_array_append_vals (s->free, gfns, n);
  s->n_ballooned -= n;
}

static void
hot_added (void *state, uint32_t first, uint32_t n)
{
  add_frames (state, first, n);
}

static void
frames (const void *state, const vhm_process *process, size_t n,
        const struct vhm_reference *references, uint32_t *ret_gfns)
{
  const struct ideal *s = state;
  const struct page *pages = s->pages + vhm_process_first_page (process);
  for (size_t i = 0; i < n; i++)
    ret_gfns[i] = pages[references[i].page].gfn;
}

static vhm_process *
owner (const struct ideal *s, uint32_t v, uint32_t *ret_own)
{
  uint32_t i = s->ages->len - 1;
  while (v < vhm_process_first_page (vhm_guest_process (s->guest, i)))
    i--;
  vhm_process *p = vhm_guest_process (s->guest, i);
  *ret_own = v - vhm_process_first_page (p);
  return p;
}

static struct vhm_frame_use
frame_use (const void *state, uint32_t gfn)
{
  const struct ideal *s = state;
  uint32_t v = s->in[gfn];
  if (v == IN_BALLOON)
    return (struct vhm_frame_use){ .kind = VHM_FRAME_BALLOON };
  if (v == IN_NOTHING)
    return (struct vhm_frame_use){ .kind = VHM_FRAME_FREE };
  if (s->pages[v].reading)
    return (struct vhm_frame_use){ .kind = VHM_FRAME_IO };
  struct vhm_frame_use use = { .kind = VHM_FRAME_MAPPED };
  use.process = owner (s, v, &use.page);
  use.on_disk = !vhm_refs_is_dirty (vhm_process_refs (use.process), use.page);
  return use;
}

static void
counters (const void *state, struct vhm_guest_counters *c)
{
  const struct ideal *s = state;
  *c = s->count;
  c->committed_pages = s->commit_pages + s->n_ballooned;
  c->commit_limit_pages = UINT32_MAX;
  c->pool_nonpaged_pages = s->n_ballooned;
  c->free_pages = s->free->len;
  c->working_set_pages = s->n_resident;
}

static const char *
audit (const void *state)
{
  const struct ideal *s = state;
  if (s->free->len + s->n_ballooned + s->n_resident + s->n_reading
      != s->n_frames)
    return "free, ballooned, resident and arriving frames do not add up";
  g_autofree bool *taken = g_new0 (bool, s->n_frames);
  for (uint32_t v = 0; v < s->n_pages; v++) {
    if (!has_frame (&s->pages[v]))
      continue;
    if (s->pages[v].gfn >= s->n_frames || taken[s->pages[v].gfn])
      return "a frame holds two pages";
    if (s->in[s->pages[v].gfn] != v)
      return "a page's frame does not name it";
    taken[s->pages[v].gfn] = true;
  }
  for (uint32_t gfn = 0; gfn < s->n_frames; gfn++)
    if (!taken[gfn] && s->in[gfn] < IN_BALLOON)
      return "a frame names a page that does not lie there";
  return NULL;
}

static uint64_t
bytes (const void *state)
{
  const struct ideal *s = state;
  return (uint64_t) s->n_pages * sizeof *s->pages
         + (uint64_t) s->n_frames * 2 * sizeof (uint32_t);
}

static const struct vhm_param params[] = {
  { .key = "hard_fault",
    .type = VHM_PARAM_TIME,
    .offset = offsetof (struct config, fault_ns),
    .fallback = "0 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of a fault that reads the disk" },
  { .key = "zero_fault",
    .type = VHM_PARAM_TIME,
    .offset = offsetof (struct config, zero_ns),
    .fallback = "0 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of a first touch" },
};

static const struct vhm_guest_os_ops ops = {
  .boot = boot,
  .stop = stop,
  .add_process = add_process,
  .commit = commit,
  .uncommit = uncommit,
  .fault = fault,
  .fill = fill,
  .drop = drop,
  .balloon = balloon,
  .unballoon = unballoon,
  .hot_added = hot_added,
  .frames = frames,
  .frame_use = frame_use,
  .counters = counters,
  .audit = audit,
  .bytes = bytes,
};

const struct vhm_plugin vhm_guest_os_ideal_lru = {
  .kind = VHM_PLUGIN_GUEST_OS,
  .name = "ideal-lru",
  .summary = "one exact global LRU, for theory and validation",
  .config = { .name = "ideal-lru",
              .help = "an ideal guest",
              .size = sizeof (struct config),
              .params = params,
              .n_params = G_N_ELEMENTS (params) },
  .state_size = sizeof (struct ideal),
  .ops = &ops,
};
