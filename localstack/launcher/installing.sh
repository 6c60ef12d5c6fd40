# What the installers share, for `source`: how they speak, how a step begins, and how one fails. `log` is set before.
needed_mb=1000  # no step takes more, nor does the stack afterwards
logged=$(stat -c %s "$log" 2>/dev/null || echo 0)

say() { echo "  install · $1"; }
is_root() { [ "$(id -u)" = 0 ]; }
as_root() { if is_root; then "$@"; else sudo "$@"; fi; }
refuse() { echo "install: $1" >&2; exit 1; }
fail() { refuse "$1 ($(cause)); its log is $log"; } # a step whose output is in the log

begin() { # folders: a step is about to write on their disks; what the log has from here on is its own
  local folder free
  logged=$(stat -c %s "$log" 2>/dev/null || echo 0)
  for folder in "$@"; do
    free=$(df --output=avail -BMB "$folder" | tail -n 1 | tr -dc 0-9)
    [ "$free" -ge "$needed_mb" ] || refuse "$folder has $free MB free and the installation needs $needed_mb; make room"
  done
}

apt_install() { # the packages' own services are not wanted: the launcher starts its own, on its own ports and folders
  { as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@"; } >>"$log" 2>&1
}

cause() { # the first line that tells of a full disk, or else of an error, or else the last one: after their errors, tools give advice
  local output line
  output=$(tail -c "+$((logged + 1))" "$log" 2>/dev/null | grep '[^[:space:]]') || { echo "it gave no reason"; return; }
  line=$(grep -m 1 'No space left' <<<"$output" || grep -m 1 -E '^E: |\b[Ee]rror\b|\bERROR\b' <<<"$output" || tail -n 1 <<<"$output")
  echo "${line:0:300}"
}
