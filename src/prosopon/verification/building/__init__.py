"""Making a verification benchmark from people, their pictures, and a list of look-alikes.

- `crops`: pictures as DoppelVer prepares them
- `duplicates`: pictures that are the same, or nearly
- `sampling`: the Doppelganger and ViSE protocols from them
- `statistics`: what a protocol consists of, and the data sheet

After Thom, DeBolt, Brown and Hand, "DoppelVer: A Benchmark for Face Verification" (2023).
"""
