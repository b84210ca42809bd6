/* Keys of hypervisor swap. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

static const char *const victims[] = { [VHM_VICTIMS_RANDOM] = "random",
                                       [VHM_VICTIMS_CLOCK] = "clock",
                                       [VHM_VICTIMS_TWO_LISTS] = "two-lists",
                                       [VHM_N_VICTIMS] = NULL };

static const char *const from[] = {
  [VHM_CASE_SWAPS_FROM_GUEST] = "guest", [VHM_CASE_SWAPS_FROM_ALL] = "all", NULL
};

static const char *const emulators[]
    = { [VHM_EMULATOR_RUNS_BESIDE] = "runs-beside",
        [VHM_EMULATOR_STOPS_GUEST] = "stops-guest",
        [VHM_N_EMULATORS] = NULL };

static const char *const asynchronous[]
    = { [VHM_ASYNCHRONOUS_ALWAYS] = "always",
        [VHM_ASYNCHRONOUS_USER] = "user",
        [VHM_ASYNCHRONOUS_NEVER] = "never",
        [VHM_N_ASYNCHRONOUS] = NULL };

#define AT(field) offsetof (struct vhm_case_swap, field)
static const struct vhm_param params[] = {
  { .key = "disk",
    .type = VHM_PARAM_NAME,
    .offset = AT (disk),
    .fallback = "",
    .help = "host disk that holds the swap files; the first one if none is "
            "named" },
  { .key = "size",
    .type = VHM_PARAM_BYTES,
    .offset = AT (size_bytes),
    .fallback = "0 B",
    .min = "0 B",
    .max = "12 TiB",
    .help = "of the swap file of each guest; 0 B: as large as the guest's "
            "maximum memory",
    .source = "ESX: configured memory - reservation" },
  { .key = "victims",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (model.victims),
    .fallback = "random",
    .help = "which frames go: any with the same chance (random), or in turn, "
            "but for those touched since their last turn (clock), or the "
            "oldest of an inactive list that is refilled from an active one "
            "(two-lists)",
    .source = "random: Waldspurger 2002, 3.3; two-lists: Linux, mm/vmscan.c; "
              "clock: one list in place of two",
    .choices = victims },
  { .key = "from",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (from),
    .fallback = "guest",
    .help = "who gives up frames when the machine has too few: the guest that "
            "waits for one (guest), or all, in proportion to what they hold "
            "(all); what a guest has beyond its limit is always its own",
    .source = "all: Linux, mm/vmscan.c; guest: assumed where a balancer says "
              "what each is to hold",
    .choices = from },
  { .key = "read_ahead",
    .type = VHM_PARAM_COUNT,
    .offset = AT (model.read_ahead),
    .fallback = "8",
    .min = "1",
    .max = "256",
    .help = "slots of the aligned stretch of the swap file that a fault reads",
    .source = "Linux: vm.page-cluster = 3" },
  { .key = "cluster",
    .type = VHM_PARAM_COUNT,
    .offset = AT (model.cluster),
    .fallback = "1",
    .min = "1",
    .max = "65536",
    .help = "slots of the empty stretch of the swap file that is looked for "
            "first, and filled before the next one is; 1: pages go to the next "
            "free slot",
    .source = "Linux, mm/swapfile.c: 256 (from memory, unchecked)" },
  { .key = "keeps_slots",
    .type = VHM_PARAM_BOOL,
    .offset = AT (model.keeps_slots),
    .fallback = "false",
    .help = "whether a page that was read ahead, and has only been read since, "
            "keeps its slot and is written back to it, while at least half of "
            "the file is free; the page that a fault asked for never does",
    .source = "Linux: swap cache; KVM fetches the page of a fault for writing "
              "(virt/kvm/async_pf.c; from memory, unchecked)" },
  { .key = "ahead_is_free",
    .type = VHM_PARAM_BOOL,
    .offset = AT (model.ahead_is_free),
    .fallback = "false",
    .help = "whether pages read ahead count in a guest's limit only when they "
            "are used, and so do not go for its sake; with victims: two-lists",
    .source = "Linux 3.7, Documentation/cgroups/memory.txt: a page swapped in "
              "is not accounted until it is mapped (from memory, unchecked)" },
  { .key = "batch",
    .type = VHM_PARAM_COUNT,
    .offset = AT (model.batch),
    .fallback = "32",
    .min = "1",
    .max = "65536",
    .help = "frames taken at a time; so many are kept free below a limit",
    .source = "Linux: SWAP_CLUSTER_MAX" },
  { .key = "writes_at_once",
    .type = VHM_PARAM_COUNT,
    .offset = AT (model.n_writes),
    .fallback = "4",
    .min = "1",
    .max = "1024",
    .help = "batches on their way to the disk at once, at most",
    .source = "assumed: some requests in the queue of a disk" },
  { .key = "until_free",
    .type = VHM_PARAM_BOOL,
    .offset = AT (model.until_free),
    .fallback = "false",
    .help = "whether a host that is short takes more frames until some are "
            "free, which they are when they have been written, or only until "
            "enough are on their way",
    .source = "Linux: reclaim goes on until SWAP_CLUSTER_MAX pages are free "
              "and does not wait for those it writes (mm/vmscan.c; from "
              "memory, unchecked)" },
  { .key = "emulator",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (model.emulator),
    .fallback = "runs-beside",
    .help
    = "whether the guest's processors run on while its disk's emulator "
      "waits for a swapped frame that the disk reads into, or stand still",
    .source = "assumed: runs-beside. stops-guest: an emulator that holds the "
              "lock which each exit to it needs, as QEMU 1.2 with devices that "
              "exit often (from memory, unchecked)",
    .choices = emulators },
  { .key = "asynchronous",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (model.asynchronous),
    .fallback = "always",
    .help
    = "which faults on swapped frames leave the guest's processor to other "
      "threads: all; those of programs (user), while the processor stands "
      "still for those of the guest's system, which zeroes and copies "
      "pages; or none",
    .source = "assumed: always. user: a KVM guest that is not preemptible, "
              "arch/x86/kernel/kvm.c, KVM_ASYNC_PF_SEND_ALWAYS (from memory, "
              "unchecked); never: a hypervisor without help of the guest",
    .choices = asynchronous },
  { .key = "fault_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (model.fault_ns),
    .fallback = "5 us",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of a host fault that reads the swap file",
    .source = "assumed: an exit, the host's fault handling and the request" },
  { .key = "minor_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (model.minor_ns),
    .fallback = "1500 ns",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of one that need not read",
    .source = "assumed: an exit and an entry in the host's table" },
};
#undef AT

static void
check_swap (const void *config, vhm_schema_complain complain, void *reader)
{
  const struct vhm_swap_config *s
      = &((const struct vhm_case_swap *) config)->model;
  if (s->ahead_is_free && s->victims != VHM_VICTIMS_TWO_LISTS)
    complain (reader, "ahead_is_free", "these victims know no such frames",
              "false, or victims: two-lists");
}

const struct vhm_schema vhm_case_swap_schema
    = { .name = "swap",
        .help = "how the hypervisor swaps, where reclaim says so",
        .size = sizeof (struct vhm_case_swap),
        .params = params,
        .n_params = G_N_ELEMENTS (params),
        .check = check_swap };

bool
vhm_case_reclaims_by (const struct vhm_case_host *host,
                      enum vhm_case_reclaim way)
{
  return host->reclaim >> way & 1;
}

uint64_t
vhm_case_swap_bytes (const struct vhm_case_host *host,
                     const struct vhm_case_guest *guest)
{
  return host->swap.size_bytes > 0 ? host->swap.size_bytes
                                   : guest->memory.maximum_bytes;
}
