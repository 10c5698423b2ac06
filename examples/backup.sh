#!/bin/sh
# A copy of the ledger of one moment, while runs may go on; 30 copies are kept. The key is backed up once, apart
# from the copies: together they can be asked about patients, alone they cannot.
#
#   backup.sh SETTINGS FOLDER
set -eu
umask 077
settings=$1 folder=$2
mkdir -p "$folder"
target=$folder/ledger-$(date -u +%Y%m%dT%H%M%SZ).sqlite
words=$("${SCRUB837:-scrub837}" ledger backup "$target" --config "$settings" 2>&1) || { echo "$words" >&2; exit 1; }
ls -1 "$folder"/ledger-*.sqlite | sort -r | tail -n +31 | while read -r old; do rm -- "$old"; done
