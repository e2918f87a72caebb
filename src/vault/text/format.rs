//! Which files this version reads.

/// The only format that this version reads and writes.
pub const FORMAT: i64 = 1;

/// The features that this version knows. A file that requires another one is refused.
pub const FEATURES: &[&str] = &[];

/// The largest head, in bytes. It is parsed before its signature is known to be good.
pub const HEAD_LIMIT: usize = 1 << 20;
