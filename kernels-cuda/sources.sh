#!/bin/sh
# Prints what tells one state of the CUDA sources in a folder from another: sh kernels-cuda/sources.sh FOLDER
set -eu
cd "$1"
sha256sum *.cu *.cuh
