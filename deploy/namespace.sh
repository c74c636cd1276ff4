#!/bin/sh
# Creates the namespace with 30 days of history after a workflow has ended, and what `mooring setup` makes in it. An existing
# one is left as it is.
set -eu

until temporal operator cluster health >/dev/null 2>&1; do sleep 1; done

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d

# By which runs are found; one that is there already is left as it is. Temporal takes a moment to know a namespace that it
# has just made.
for name in MooringProject MooringRegion MooringNode MooringFleet; do
  tries=0
  until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ]
    sleep 1
  done
done
