//! Which files this version reads.

/// The only format that this version reads and writes.
pub const FORMAT: i64 = 1;

/// The features that this version knows. A file that requires another one is refused.
pub const FEATURES: &[&str] = &[CLOSED_SECTIONS.0];

/// The feature of vaults with closed sections, and of their inner vaults, with the first version that reads it.
pub const CLOSED_SECTIONS: (&str, &str) = ("closed-sections", "0.2");

/// The largest head, in bytes. It is parsed before its signature is known to be good.
pub const HEAD_LIMIT: usize = 1 << 20;
