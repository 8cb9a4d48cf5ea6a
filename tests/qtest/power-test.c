/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Resets that come from the bus: function level reset, power states, a
 * secondary bus reset and the reset of the machine (conformance matrix,
 * EDGE-106).  The device sits behind a PCIe root port here.
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"

#define PORT_DEVFN  0x08        /* slot 1 */
#define GPU_DEVFN   0x100       /* bus 1, slot 0 */
#define WINDOW      0xe0f0e000u /* e0000000 to e0ffffff: limit, base */
#define FLR         (1u << 15)  /* of the PCIe device control */
#define HAS_FLR     (1u << 28)  /* of the PCIe device capabilities */

struct machine {
    struct pci_function *port;
    struct gpu *gpu;
};

static void map_device(struct machine *machine)
{
    struct pci_function *pci = pci_at(machine->port->guest, GPU_DEVFN);
    struct virtio_pci *dev;

    pci_map_bars(pci);
    dev = virtio_pci_at(pci);
    machine->gpu = gpu_at(&dev->vdev, dev);
}

static void boot(struct machine *machine)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = "q35",
        .args = "-device pcie-root-port,id=rp,addr=1 "
                "-device virtio-gpu-pci,id=gpu,bus=rp",
    });
    struct pci_function *port = pci_at(guest, PORT_DEVFN);

    pci_config_write(port, PCI_PRIMARY_BUS, 4, 0x00010100);
    pci_config_write(port, PCI_MEMORY_BASE, 4, WINDOW);
    pci_config_write(port, PCI_PREF_MEMORY_BASE, 4, WINDOW);
    pci_config_write(port, PCI_PREF_BASE_UPPER32, 4, 0);
    pci_config_write(port, PCI_PREF_LIMIT_UPPER32, 4, 0);
    pci_command(port, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, true);
    machine->port = port;
    map_device(machine);
    gpu_start(machine->gpu, NULL);
}

static unsigned capability(struct machine *machine, unsigned id)
{
    unsigned at = pci_next_capability(machine->gpu->pci->pci, id, 0);

    expect_true(at, "no PCI capability 0x%x", id);
    return at;
}

static void expect_reset(struct machine *machine, const char *why)
{
    struct gpu *gpu = machine->gpu;
    struct load load;

    expect_eq(gpu->vdev->ops->status(gpu->vdev), 0, "status after %s", why);
    gpu_restart(gpu, NULL);
    gpu_expect_alive(gpu);
    load_prepare(&load, gpu);           /* resource 1 is not there any more */
}

static void prepare(struct machine *machine)
{
    struct load load;

    boot(machine);
    load_prepare(&load, machine->gpu);
    load_post(&load, 16);
}

static void test_flr(void)
{
    struct machine machine;
    struct pci_function *pci;
    unsigned at;

    prepare(&machine);
    pci = machine.gpu->pci->pci;
    at = capability(&machine, PCI_CAP_ID_EXP);
    expect_true(pci_config_read(pci, at + PCI_EXP_DEVCAP, 4) & HAS_FLR,
                "no function level reset");
    pci_config_write(pci, at + PCI_EXP_DEVCTL, 2, FLR);
    map_device(&machine);               /* the BARs were reset, too */
    expect_reset(&machine, "a function level reset");
}

static void test_secondary_bus_reset(void)
{
    struct machine machine;
    uint16_t control;

    prepare(&machine);
    control = pci_config_read(machine.port, PCI_BRIDGE_CONTROL, 2);
    pci_config_write(machine.port, PCI_BRIDGE_CONTROL, 2,
                     control | PCI_BRIDGE_CTL_BUS_RESET);
    pci_config_write(machine.port, PCI_BRIDGE_CONTROL, 2, control);
    map_device(&machine);
    expect_reset(&machine, "a secondary bus reset");
}

static void test_power_states(void)
{
    struct machine machine;
    struct pci_function *pci;
    unsigned at;

    prepare(&machine);
    pci = machine.gpu->pci->pci;
    at = capability(&machine, PCI_CAP_ID_PM);
    expect_true(!(pci_config_read(pci, at + PCI_PM_CTRL, 2) &
                  PCI_PM_CTRL_NO_SOFT_RESET), "NoSoftReset is on");
    pci_config_write(pci, at + PCI_PM_CTRL, 2, 3);
    pci_config_write(pci, at + PCI_PM_CTRL, 2, 0);
    map_device(&machine);
    if (machine.gpu->vdev->ops->status(machine.gpu->vdev)) {
        harness_core_limit("virtio-pci does not reset a device that goes "
                           "from D3hot to D0");
    }
    expect_reset(&machine, "D3hot to D0");
}

static void test_system_reset(void)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-pci,id=gpu",
    });
    struct machine machine = { .gpu = gpu_find(guest, 0) };
    struct load load;

    gpu_start(machine.gpu, NULL);
    load_prepare(&load, machine.gpu);
    load_post(&load, 16);
    qtest_system_reset(guest->qts);
    machine.gpu = gpu_find(guest, 0);
    expect_reset(&machine, "a reset of the machine");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-526/function-level-reset", test_flr);
    harness_add("/T-526/secondary-bus-reset", test_secondary_bus_reset);
    harness_add("/T-526/power-states", test_power_states);
    harness_add("/T-515,T-526/system-reset", test_system_reset);
    return harness_run();
}
