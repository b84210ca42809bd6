/* Where the page files and virtual disks of guests lie on the disks.
 *
 * What a guest has lies far from what others have: the page file of guest i of a
 * disk begins at i x 64 GiB, and if its workloads have files or its system reads
 * programs, the image of its virtual disk follows. Where that does not fit
 * (many guests, a small disk, a large page file) they lie in the same order with
 * equal gaps, so that none reaches into another:
 *
 *   at (i) = sum of sizes before i + i x (capacity - sum of all sizes) / n
 *
 * The size of a page file is the largest that it can ever become; an image is as
 * large as `image` says, however little of it is used. Positions
 * matter as distances only: a seek between two guests is a long one.
 * Cost: O(groups) a guest.
 */
#include <vhm/host/case.h>
#include <vhm/model/disk.h>
#include <vhm/model/guest_os.h>
#include <vhm/model/workload.h>

#include <string.h>

#define APART_BYTES (UINT64_C (64) * VHM_GIB) /* assumed: half a virtual disk */
/* Left for the page file of a system that does not say how large it can become,
 * where something lies behind it. */
#define UNBOUNDED_BYTES (APART_BYTES / 2)

size_t
vhm_case_disk_named (const struct vhm_case *c, const char *name)
{
  const struct vhm_case_disk *disks = c->host.disks.items;
  if (!name || !*name)
    return 0;
  size_t i = 0;
  while (i < c->host.disks.n && strcmp (disks[i].name, name) != 0)
    i++;
  return i;
}

size_t
vhm_case_disk_of (const struct vhm_case *c, const struct vhm_case_guest *guest)
{
  size_t i = vhm_case_disk_named (c, guest->disk);
  return i < c->host.disks.n ? i : 0; /* checked when the case is read */
}

uint64_t
vhm_case_disk_bytes (const struct vhm_case_disk *disk)
{
  const struct vhm_disk_ops *ops = disk->model.plugin->ops;
  return ops->capacity_bytes ? ops->capacity_bytes (disk->model.config)
                             : UINT64_MAX;
}

uint64_t
vhm_case_page_file_bytes (const struct vhm_case_guest *guest)
{
  const struct vhm_guest_os_ops *ops = guest->os.plugin->ops;
  return ops->page_file_bytes ? ops->page_file_bytes (
             guest->os.config, guest->memory.startup_bytes)
                              : 0;
}

uint64_t
vhm_case_file_bytes (const struct vhm_case_guest *guest)
{
  const struct vhm_plugin_choice *workloads = guest->workloads.items;
  const struct vhm_guest_os_ops *os
      = guest->os.plugin ? guest->os.plugin->ops : NULL;
  uint64_t sum = os && os->image_bytes ? os->image_bytes (guest->os.config) : 0;
  for (size_t i = 0; i < guest->workloads.n; i++) {
    const struct vhm_workload_ops *ops = workloads[i].plugin->ops;
    uint64_t bytes
        = ops->file_bytes ? ops->file_bytes (workloads[i].config) : 0;
    sum += vhm_pages_to_bytes (vhm_bytes_to_pages (bytes));
  }
  return sum;
}

uint64_t
vhm_case_image_bytes (const struct vhm_case_guest *guest)
{
  return vhm_case_file_bytes (guest) > 0 ? guest->image_bytes : 0;
}

uint64_t
vhm_case_image_behind_bytes (const struct vhm_case_guest *guest)
{
  const struct vhm_guest_os_ops *ops = guest->os.plugin->ops;
  return ops->page_file_bytes ? vhm_case_page_file_bytes (guest)
                              : UNBOUNDED_BYTES;
}

static uint64_t
bytes_of (const struct vhm_case_guest *guest)
{
  uint64_t image = vhm_case_image_bytes (guest);
  return image > 0 ? vhm_case_image_behind_bytes (guest) + image
                   : vhm_case_page_file_bytes (guest);
}

struct vhm_page_files
vhm_case_page_files (const struct vhm_case *c, size_t disk)
{
  const struct vhm_case_guest *guests = c->guests.items;
  struct vhm_page_files sum = { 0 };
  for (size_t i = 0; i < c->guests.n; i++) {
    if (vhm_case_disk_of (c, &guests[i]) != disk)
      continue;
    uint64_t bytes = bytes_of (&guests[i]);
    sum.n += guests[i].count;
    sum.bytes += guests[i].count * bytes;
    sum.image_bytes += guests[i].count * vhm_case_image_bytes (&guests[i]);
    sum.largest_bytes = MAX (sum.largest_bytes, bytes);
  }
  return sum;
}

uint64_t
vhm_case_page_file_at (const struct vhm_case *c, size_t guest, uint64_t k)
{
  const struct vhm_case_guest *guests = c->guests.items;
  size_t disk = vhm_case_disk_of (c, &guests[guest]);
  struct vhm_page_files all = vhm_case_page_files (c, disk);
  uint64_t capacity = vhm_case_disk_bytes (
      (const struct vhm_case_disk *) c->host.disks.items + disk);
  struct vhm_page_files before = { 0 };
  for (size_t i = 0; i <= guest; i++)
    if (vhm_case_disk_of (c, &guests[i]) == disk) {
      uint64_t n = i < guest ? guests[i].count : k;
      before.n += n;
      before.bytes += n * bytes_of (&guests[i]);
    }
  if (all.n <= capacity / APART_BYTES && all.largest_bytes <= APART_BYTES)
    return before.n * APART_BYTES;
  uint64_t spare = capacity > all.bytes ? capacity - all.bytes : 0;
  uint64_t gap_pages = (spare / all.n) >> VHM_PAGE_SHIFT;
  return before.bytes + before.n * vhm_pages_to_bytes (gap_pages);
}

typedef uint64_t (*size_fn) (const struct vhm_case_host *host,
                             const struct vhm_case_guest *guest);

static uint64_t
behind_page_files (const struct vhm_case *c, size_t disk, size_fn size,
                   size_t guest, uint64_t k)
{
  const struct vhm_case_guest *guests = c->guests.items;
  struct vhm_page_files files = vhm_case_page_files (c, disk);
  uint64_t capacity = vhm_case_disk_bytes (
      (const struct vhm_case_disk *) c->host.disks.items + disk);
  uint64_t before = 0, all = 0;
  for (size_t i = 0; i < c->guests.n; i++) {
    uint64_t bytes = size (&c->host, &guests[i]);
    before += (i < guest ? guests[i].count : i == guest ? k : 0) * bytes;
    all += guests[i].count * bytes;
  }
  uint64_t last = capacity > all ? capacity - all : 0;
  return MIN (files.n * APART_BYTES, last) + before;
}

uint64_t
vhm_case_swap_at (const struct vhm_case *c, size_t guest, uint64_t k)
{
  size_t disk = vhm_case_disk_named (c, c->host.swap.disk);
  return behind_page_files (c, disk, vhm_case_swap_bytes, guest, k);
}

uint64_t
vhm_case_smart_paging_bytes (const struct vhm_case_host *host,
                             const struct vhm_case_guest *guest)
{
  uint64_t startup = guest->memory.startup_bytes;
  return host->smart_paging.enabled
             ? vhm_pages_to_bytes (vhm_bytes_to_pages (startup))
             : 0;
}

/* A host that swaps keeps a guest's in its swap file. */
uint64_t
vhm_case_smart_paging_at (const struct vhm_case *c, size_t guest, uint64_t k)
{
  size_t disk = vhm_case_disk_named (c, c->host.smart_paging.disk);
  return behind_page_files (c, disk, vhm_case_smart_paging_bytes, guest, k);
}
