"""Same person or not: benchmarks, look-alikes, and training embedders.

- `protocols`: published lists of pairs → `Pairs`
- `scoring`: vectors and `Pairs` → figures, all and by group; `figures`: plots and sheets
- `building`: people and their pictures → new protocols with their data sheet
- `look_alikes`: vectors of people → whom one may confuse
- `background_bias`: how far similarity follows the picture instead of the face
- `losses`, `networks`, `triplets`, `tasks`: training embedders (these need PyTorch)
- `pairwise_attributes`: attributes learnt from telling two identities apart

Everything takes and returns arrays and records; models arrive as arguments.
"""
