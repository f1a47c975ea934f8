#!/bin/sh
# contained.sh <system> <app> <data> <program…>
# Runs a program as a container runtime would run the image: its own root, read-only but for /data and /tmp, as uid 65532,
# without any capability. The network stays that of the machine. Only variables of this environment that begin with APP_ are
# handed over, without that prefix.
set -eu
system=$1 app=$2 data=$3
shift 3
mount --make-rprivate /
mount --bind "$system" "$system"
mount --bind "$app" "$system/app"
mount -o remount,bind,ro "$system/app"
mount --bind "$data" "$system/data"
mount -t tmpfs -o mode=1777 tmpfs "$system/tmp"
mount -t proc proc "$system/proc"
mount -t tmpfs -o mode=755 tmpfs "$system/dev"
for device in null zero random urandom; do
  : > "$system/dev/$device"
  mount --bind "/dev/$device" "$system/dev/$device"
done
mkdir "$system/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$system/dev/shm"
mount -o remount,ro "$system/dev"
mount -o remount,bind,ro "$system"
for name in $(env | sed -n 's/^APP_\([A-Za-z0-9_]*\)=.*/\1/p'); do
  eval "value=\$APP_$name"
  set -- "$name=$value" "$@"
done
cd "$system"
exec chroot "$system" /usr/bin/setpriv --reuid=65532 --regid=65532 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \
  /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp DATA_DIR=/data "$@"
