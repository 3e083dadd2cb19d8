#!/bin/sh
# Installs what package-lock.json names, unless that was done since the file last changed. It runs before node
# is looked up for the first time, so that the Node 24 among the dependencies is the one that is found.
set -eu
cd "$(dirname "$0")/.."
installed=node_modules/.package-lock.json
if [ -f "$installed" ] && [ -z "$(find package-lock.json -newer "$installed")" ]; then
  exit 0
fi
# What npm was told about the outer command (a workspace, say) must not reach the install.
unset npm_config_workspace npm_config_workspaces npm_config_include_workspace_root
echo 'Installing dependencies (npm ci) ...'
exec npm ci --loglevel=error
