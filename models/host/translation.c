/* Measuring what translating addresses costs on this host, as it runs.
 *
 * The host looks now and then whether the inputs of the last measurement have
 * changed, and measures or does not (measure_when.c). After a guest has started
 * the looks come FIRST_LOOK apart and then at doubling distances up to `pause`,
 * since memory fills fast then. When a measurement is called for while the inputs
 * stand still and there is nothing left to draw, an incident says so, and so it
 * does when the run ends like that.
 *
 * Cost: nothing with paging `none`, an event a look, and what is measured.
 */
#include "host.h"
#include "measure_when.h"

#include <vhm/base/require.h>

#include <math.h>

#define FIRST_LOOK_NS (VHM_NS_PER_S / 1000)

static double
share (uint64_t ppm)
{
  return (double) ppm / (double) VHM_PPM;
}

struct vhm_processors_config
vhm_host_processors_config (const vhm_host *h, enum vhm_paging paging)
{
  const struct vhm_case_host *c = &h->config->host;
  return (struct vhm_processors_config){
    .cpu = &c->cpu,
    .n_cpus = (uint32_t) c->n_cpus,
    .clock_hz = h->hz,
    .quantum_ns = c->quantum_ns,
    .paging = paging,
    .backing = (enum vhm_page_size) c->backing,
    .maps_at_touch = c->maps == VHM_CASE_MAPS_AT_TOUCH,
  };
}

void
vhm_host_make_processors (vhm_host *h)
{
  static const enum vhm_paging pagings[] = {
    [VHM_CASE_PAGING_NATIVE] = VHM_PAGING_NATIVE,
    [VHM_CASE_PAGING_SLAT] = VHM_PAGING_SLAT,
    [VHM_CASE_PAGING_SHADOW] = VHM_PAGING_SHADOW,
  };
  const struct vhm_case_host *c = &h->config->host;
  h->watch.look = VHM_NO_EVENT;
  h->watch.config = (struct vhm_exposure_config){
    .error = share (c->measure.error_ppm),
    .confidence = share (c->measure.confidence_ppm),
    .most = c->measure.most,
    .change = share (c->measure.change_ppm),
  };
  if (c->paging == VHM_CASE_PAGING_NONE)
    return;
  struct vhm_processors_config config
      = vhm_host_processors_config (h, pagings[c->paging]);
  h->processors = vhm_processors_new (&config);
}

GPtrArray *
vhm_host_all_guests (const vhm_host *h)
{
  GPtrArray *guests = g_ptr_array_new ();
  for (uint32_t i = 0; i < h->n_vms; i++)
    g_ptr_array_add (guests, h->vms[i].guest);
  return guests;
}

/* --- measuring ------------------------------------------------------------------ */

/* Which guests run: FNV-1a over their numbers. */
static uint64_t
running_guests (const vhm_host *h)
{
  uint64_t hash = UINT64_C (14695981039346656037);
  for (uint32_t i = 0; i < h->n_vms; i++)
    if (vhm_guest_is_running (h->vms[i].guest))
      hash = (hash ^ i) * UINT64_C (1099511628211);
  return hash;
}

static uint64_t
n_measured (const vhm_host *h)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < h->n_vms; i++)
    for (uint32_t k = 0; k < vhm_guest_n_processes (h->vms[i].guest); k++)
      n += vhm_process_n_measured (vhm_guest_process (h->vms[i].guest, k));
  return n;
}

static struct measure_allowance
allowed (const vhm_host *h)
{
  double elapsed
      = (double) vhm_host_now_ns (h) / (double) MAX (h->config->duration_ns, 1);
  return vhm_measure_allowed (&h->config->host.measure, fmin (1, elapsed),
                              vhm_engine_n_events (h->engine));
}

static void
measure (vhm_host *h, bool is_rough, bool is_anew)
{
  struct translation_watch *w = &h->watch;
  g_autoptr (GPtrArray) guests = vhm_host_all_guests (h);
  uint64_t before = n_measured (h);
  w->config.is_rough = is_rough;
  w->config.is_anew = is_anew;
  vhm_guests_measure ((vhm_guest *const *) guests->pdata, guests->len,
                      &w->config);
  uint64_t n = n_measured (h) - before;
  w->n_measured += n;
  w->n_rough += is_rough ? n : 0;
  w->measured_ns = vhm_host_now_ns (h);
  w->has_measured = true;
}

static void
tell_that_it_is_old (vhm_host *h)
{
  struct translation_watch *w = &h->watch;
  if (!w->is_old || w->was_told)
    return;
  w->was_told = true;
  vhm_host_incident (
      h, "host",
      "the cost of translation is that of %.3f s: what it was measured from "
      "has "
      "changed since, and host.measure.references allows no more",
      (double) w->measured_ns / (double) VHM_NS_PER_S);
}

/* What there is to see now. Remembers how the guests are. */
static struct measure_sight
see (vhm_host *h, bool others_run)
{
  const struct translation_watch *w = &h->watch;
  g_autoptr (GPtrArray) all = vhm_host_all_guests (h);
  vhm_guest *const *guests = (vhm_guest *const *) all->pdata;
  struct measure_allowance may = allowed (h);
  double tolerated = vhm_measure_tolerated (w->config.change,
                                            (double) w->n_measured, may.by_now);
  return (struct measure_sight){
    .has_measured = w->has_measured,
    .was_rough = w->has_measured && w->config.is_rough,
    .moves = vhm_guests_look (guests, all->len, w->config.change),
    .is_new = vhm_guests_have_new (guests, all->len),
    .has_changed = vhm_guests_want_measure (guests, all->len, tolerated),
    .others_run = w->has_measured && others_run,
    .age_ns = vhm_host_now_ns (h) - w->measured_ns,
    .every_ns = h->config->host.measure.every_ns,
    .issued = vhm_guests_references_since (guests, all->len),
    .most = (double) w->config.most,
    .used = (double) w->n_measured,
    .used_rough = (double) w->n_rough,
    .allowed = may,
  };
}

static void
look (void *context)
{
  vhm_host *h = context;
  struct translation_watch *w = &h->watch;
  uint64_t running = running_guests (h);
  struct measure_sight sight = see (h, running != w->running);
  enum measure_choice choice = vhm_measure_choose (&sight);
  w->is_old = choice == MEASURE_REFUSED;
  if (choice == MEASURE_FULL || choice == MEASURE_ROUGH) {
    measure (h, choice == MEASURE_ROUGH, sight.others_run);
    w->running = running;
    w->was_told = false;
  }
  if (!sight.moves)
    tell_that_it_is_old (h);
  w->pause_ns = MIN (2 * w->pause_ns, h->config->host.measure.pause_ns);
  w->look = vhm_engine_schedule (
      h->engine,
      vhm_cycles_add (vhm_engine_now (h->engine),
                      vhm_cycles_make (vhm_ns_to_cycles (h->hz, w->pause_ns))),
      VHM_PRIORITY_POLICY, look, h);
}

void
vhm_host_watch_translation (vhm_host *h)
{
  struct translation_watch *w = &h->watch;
  if (!h->processors)
    return;
  w->pause_ns = MIN (FIRST_LOOK_NS, h->config->host.measure.pause_ns);
  vhm_cycles at = vhm_cycles_add (
      vhm_engine_now (h->engine),
      vhm_cycles_make (vhm_ns_to_cycles (h->hz, w->pause_ns)));
  if (vhm_engine_is_pending (h->engine, w->look))
    vhm_engine_rearm (h->engine, w->look, at);
  else
    w->look = vhm_engine_schedule (h->engine, at, VHM_PRIORITY_POLICY, look, h);
}

void
vhm_host_end_watch (vhm_host *h)
{
  if (h->processors)
    tell_that_it_is_old (h);
}
