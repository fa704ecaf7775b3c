//! The domain (drill, approval, evidence, cleanup, objectives); pure.
