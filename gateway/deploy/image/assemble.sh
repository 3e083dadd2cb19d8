#!/bin/sh
# Puts what the image holds into a folder: the packages compiled as they are published, and the dependencies that the lockfile
# names, without what only development needs. Run in the repository with its dependencies installed:
#   sh gateway/deploy/image/assemble.sh FOLDER
set -eu
target=$1
packages="gateway bff-mobile bff-web"

mkdir -p "$target"
cp package.json package-lock.json .npmrc "$target/"
for workspace in $packages subgraphs-mock schema test; do
  mkdir -p "$target/$workspace"
  cp "$workspace/package.json" "$target/$workspace/"
done

# Before the packages are filled: npm wants the package.json that the lockfile knows. No scripts of dependencies are run.
flags=""
for package in $packages; do flags="$flags -w $package"; done
(cd "$target" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund $flags)

tarballs=$(mktemp -d)
trap 'rm -rf "$tarballs"' EXIT
npm pack $flags --pack-destination "$tarballs"
for package in $packages; do
  rm "$target/$package/package.json"
  tar -xzf "$tarballs"/frontdesk-"$package"-*.tgz -C "$target/$package" --strip-components 1
done

# What nothing of the above needs.
rm -rf "$target/subgraphs-mock" "$target/schema" "$target/test" "$target/node_modules/@frontdesk/schema"
rm -f "$target/.npmrc" "$target/package-lock.json" "$target/node_modules/.package-lock.json"
# Maps and types of dependencies: two fifths of the whole.
find "$target/node_modules" "$target/gateway/node_modules" -type f \
  \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
