/* Keys of what the hypervisor costs a guest. */
#include <vhm/base/units.h>
#include <vhm/host/case.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_overheads_config, field)
static const struct vhm_param params[] = {
  { .key = "enabled",
    .type = VHM_PARAM_BOOL,
    .offset = AT (enabled),
    .fallback = "false",
    .help = "whether guests are charged for interrupts, intercepts, hypercalls "
            "and I/O through the root; guests.enlightened says who needs what",
    .source = "presets of hypervisors switch it on; a host without one is "
              "taken to cost nothing" },
  { .key = "interrupt_cycles",
    .type = VHM_PARAM_COUNT,
    .offset = AT (interrupt_cyc),
    .fallback = "2400",
    .min = "0",
    .max = "100000",
    .help = "of a virtual processor, for an interrupt that the hypervisor "
            "delivers to it: an exit, and an entry that injects it",
    .source = "assumed: as an exit that the hypervisor itself handles" },
  { .key = "intercept_cycles",
    .type = VHM_PARAM_COUNT,
    .offset = AT (intercept_cyc),
    .fallback = "2400",
    .min = "0",
    .max = "100000",
    .help = "for an instruction that is intercepted and done by the "
            "hypervisor: halting, reaching for the interrupt controller",
    .source = "kvm-unit-tests, access to a device in the kernel: 2339 to 2435 "
              "cycles (KVM commit b7ffc44d5b2e)" },
  { .key = "hypercall_cycles",
    .type = VHM_PARAM_COUNT,
    .offset = AT (hypercall_cyc),
    .fallback = "1200",
    .min = "0",
    .max = "100000",
    .help = "for a call of the hypervisor",
    .source = "kvm-unit-tests, vmcall: 1181 to 1195 cycles (KVM commit "
              "b7ffc44d5b2e)" },
  { .key = "emulated_cycles",
    .type = VHM_PARAM_COUNT,
    .offset = AT (emulated_cyc),
    .fallback = "6500",
    .min = "0",
    .max = "1000000",
    .help = "for an access to a device that a process of the root emulates",
    .source = "kvm-unit-tests, access to a device in a process: 6209 to 6856 "
              "cycles (KVM commit b7ffc44d5b2e)" },
  { .key = "request_accesses",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_request_accesses),
    .fallback = "10",
    .min = "0",
    .max = "1000",
    .help = "of these, for a request of a disk by a guest that is not "
            "enlightened",
    .source = "assumed: the registers of an IDE controller and its bus master "
              "(from memory, unchecked)" },
  { .key = "request_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (request_ns),
    .fallback = "20 us",
    .min = "0 ns",
    .max = "1 s",
    .help = "processor time of the root partition for a request of a disk, "
            "charged to who asked",
    .source = "assumed: what a storage stack takes" },
  { .key = "dispatch_time",
    .type = VHM_PARAM_TIME,
    .offset = AT (dispatch_ns),
    .fallback = "8 us",
    .min = "0 ns",
    .max = "10 ms",
    .help = "that a virtual processor which has halted waits when it is woken, "
            "with a processor free for it",
    .source = "Hyper-V's counter CPU Wait Time Per Dispatch: 7 to 10 us on "
              "hosts without contention" },
};
#undef AT

const struct vhm_schema vhm_case_overheads_schema
    = { .name = "overheads",
        .help = "what the hypervisor costs a guest beside translation",
        .size = sizeof (struct vhm_overheads_config),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };
