# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
# bash completion for qemu-virtio-gpu-ctl

_qemu_virtio_gpu_ctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local option command= files= i

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            bench|connect|disconnect|list|mode|release|screenshot|stats)
                command=${COMP_WORDS[i]} ;;
        esac
    done
    # The report of bench is a file, what the others say is not.
    [[ $before != --json || $command != bench ]] || files=yes
    case $before$files in
        --qmp|--agent|--baseline|--jsonyes) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --domain)
            mapfile -t COMPREPLY < <(compgen -W \
                "$(virsh --quiet list --name 2>/dev/null)" -- "$word")
            return ;;
        --only)
            mapfile -t COMPREPLY < <(compgen -W \
                'build texture shading bump effect2d jellyfish shadow gears' -- "$word")
            return ;;
        --connect|--device|--timeout|--watch|--rounds|--seconds|--tolerance) return ;;
    esac
    option='--qmp --domain --connect --device --timeout --help'
    case $command in
        bench)
            option+=' --agent --rounds --seconds --only --json --baseline --tolerance' ;;
        connect|disconnect|mode) option+=' --until-client' ;;
        list) option+=' --json' ;;
        stats) option+=' --json --watch' ;;
        screenshot) mapfile -t COMPREPLY < <(compgen -f -X '!*.png' -- "$word") ;;
        '') [[ $word == -* ]] || option='bench connect disconnect list mode release screenshot stats' ;;
    esac
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$option" -- "$word")
}
complete -o filenames -F _qemu_virtio_gpu_ctl qemu-virtio-gpu-ctl
