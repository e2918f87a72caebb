//! A map from names to what they hold.

use std::iter::Flatten;
use std::{slice, vec};

use crate::vault::name::SecretName;

/// The most items of a block.
const BLOCK: usize = 256;

type Item<T> = (SecretName, T);

/// A map from names, made for items that come in the order of their names, as those of a vault's text do: they are
/// written to memory once, and nothing else is.
#[derive(Debug, Clone)]
pub(in crate::vault) struct ByName<T> {
    /// Ascending, and none of them empty. An item that comes later moves those of its block at most.
    blocks: Vec<Vec<Item<T>>>,
}

/// Where an item is, or would be: its block, and its place there.
type Place = (usize, usize);

impl<T> ByName<T> {
    fn place(&self, name: &SecretName) -> Result<Place, Place> {
        let is_before = |block: &Vec<Item<T>>| block.last().is_some_and(|(last, _)| last < name);
        let block = self.blocks.partition_point(is_before);
        let Some(items) = self.blocks.get(block) else { return Err((block, 0)) };
        let found = items.binary_search_by(|(other, _)| other.cmp(name));
        found.map(|at| (block, at)).map_err(|at| (block, at))
    }

    pub fn get(&self, name: &SecretName) -> Option<&T> {
        self.get_key_value(name).map(|(_, value)| value)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.blocks.iter_mut().flatten().map(|(_, value)| value)
    }

    pub fn get_key_value(&self, name: &SecretName) -> Option<(&SecretName, &T)> {
        let (block, at) = self.place(name).ok()?;
        let (name, value) = &self.blocks[block][at];
        Some((name, value))
    }

    pub fn get_mut(&mut self, name: &SecretName) -> Option<&mut T> {
        let (block, at) = self.place(name).ok()?;
        Some(&mut self.blocks[block][at].1)
    }

    pub fn contains_key(&self, name: &SecretName) -> bool {
        self.place(name).is_ok()
    }

    /// Adds an item, or replaces the one of this name.
    pub fn insert(&mut self, name: SecretName, value: T) {
        let Some((name, value)) = self.push(name, value) else { return };
        let (block, at) = match self.place(&name) {
            Ok((block, at)) => return self.blocks[block][at].1 = value,
            Err(place) => place,
        };
        let items = &mut self.blocks[block];
        items.insert(at, (name, value));
        if items.len() > BLOCK {
            let upper = items.split_off(BLOCK / 2);
            self.blocks.insert(block + 1, upper);
        }
    }

    /// Adds an item after all others, or returns it if it does not belong there.
    pub fn push(&mut self, name: SecretName, value: T) -> Option<Item<T>> {
        let Some(last) = self.blocks.last_mut() else {
            self.blocks.push(vec![(name, value)]);
            return None;
        };
        if last.last().is_some_and(|(last, _)| *last >= name) {
            return Some((name, value));
        }
        if last.len() < BLOCK {
            last.push((name, value));
        } else {
            let mut block = Vec::with_capacity(BLOCK);
            block.push((name, value));
            self.blocks.push(block);
        }
        None
    }

    pub fn remove(&mut self, name: &SecretName) -> Option<T> {
        let (block, at) = self.place(name).ok()?;
        let (_, value) = self.blocks[block].remove(at);
        if self.blocks[block].is_empty() {
            self.blocks.remove(block);
        }
        Some(value)
    }

    pub fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    pub fn iter(&self) -> Iter<'_, T> {
        Iter { left: self.len(), blocks: self.blocks.iter(), items: [].iter() }
    }

    pub fn keys(&self) -> impl Iterator<Item = &SecretName> {
        self.iter().map(|(name, _)| name)
    }
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        ByName { blocks: Vec::new() }
    }
}

impl<T: PartialEq> PartialEq for ByName<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T> Extend<Item<T>> for ByName<T> {
    fn extend<I: IntoIterator<Item = Item<T>>>(&mut self, items: I) {
        items.into_iter().for_each(|(name, item)| self.insert(name, item));
    }
}

impl<T> FromIterator<Item<T>> for ByName<T> {
    fn from_iter<I: IntoIterator<Item = Item<T>>>(items: I) -> Self {
        let mut all = ByName::default();
        all.extend(items);
        all
    }
}

impl<T> IntoIterator for ByName<T> {
    type Item = Item<T>;
    type IntoIter = Flatten<vec::IntoIter<Vec<Item<T>>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.blocks.into_iter().flatten()
    }
}

/// All items, by name. It knows how many there are.
pub(in crate::vault) struct Iter<'m, T> {
    blocks: slice::Iter<'m, Vec<Item<T>>>,
    items: slice::Iter<'m, Item<T>>,
    left: usize,
}

impl<'m, T> Iterator for Iter<'m, T> {
    type Item = (&'m SecretName, &'m T);

    fn next(&mut self) -> Option<Self::Item> {
        if self.items.len() == 0 {
            self.items = self.blocks.next()?.iter();
        }
        self.left -= 1;
        self.items.next().map(|(name, item)| (name, item))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn is_the_same_map_as_the_standard_one(
            changes in prop::collection::vec((0_u16..1500, any::<bool>()), 0..2000),
            sorted in 0_u16..1000,
        ) {
            let name = |number: u16| SecretName::parse(&format!("A{number:04}")).unwrap();
            let start = (0..sorted).map(|number| (name(number), number));
            let mut map: ByName<u16> = start.clone().collect();
            let mut expected: BTreeMap<SecretName, u16> = start.collect();
            for (at, (number, is_insert)) in (5000..).zip(changes) {
                let name = name(number);
                prop_assert_eq!(map.get(&name), expected.get(&name));
                prop_assert_eq!(map.get_mut(&name), expected.get_mut(&name));
                prop_assert_eq!(map.contains_key(&name), expected.contains_key(&name));
                if is_insert {
                    map.insert(name.clone(), at);
                    expected.insert(name, at);
                } else {
                    prop_assert_eq!(map.remove(&name), expected.remove(&name));
                }
            }
            prop_assert_eq!((map.len(), map.iter().size_hint().0), (expected.len(), expected.len()));
            prop_assert!(map.iter().eq(expected.iter()) && map.keys().eq(expected.keys()));
            prop_assert!(map == expected.clone().into_iter().collect());
            expected.pop_last();
            prop_assert_eq!(map == expected.into_iter().collect(), map.len() == 0);
        }
    }
}
