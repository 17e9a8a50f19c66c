# Writes test/golden/files/lz4.feather, compressed as pyarrow does by default (pyarrow 25.0.1).
import pyarrow
import pyarrow.feather

pyarrow.feather.write_feather(pyarrow.table({"x": [1.5] * 8}), "test/golden/files/lz4.feather")
