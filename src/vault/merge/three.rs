//! The three versions that a merge compares.

/// The same part of both sides, and of the base if there is one.
#[derive(Debug)]
pub(super) struct Three<'a, T> {
    pub base: Option<&'a T>,
    pub sides: [&'a T; 2],
}

// Derived, these two would ask the same of T, which is only behind references.
impl<T> Clone for Three<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Three<'_, T> {}

impl<'a, T> Three<'a, T> {
    /// Takes the same part of each.
    pub fn map<U>(self, part: impl Fn(&'a T) -> &'a U) -> Three<'a, U> {
        Three { base: self.base.map(&part), sides: self.sides.map(part) }
    }
}

impl<'a, T: PartialEq> Three<'a, T> {
    /// What both sides agree on, or what the only side has that changed the base; none if both changed it.
    pub fn settled(self) -> Option<&'a T> {
        let [first, second] = self.sides;
        if first == second || self.base == Some(second) {
            Some(first)
        } else if self.base == Some(first) {
            Some(second)
        } else {
            None
        }
    }
}
