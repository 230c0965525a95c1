//! Something to keep in memory that never grows beyond a bound, whoever asks.
//!
//! Two generations: what is used goes into the young one; when that is full, it becomes the old one and what nobody has
//! used since the last time is dropped. So nothing has to be swept, and what is in use stays.

use std::collections::HashMap;
use std::hash::Hash;

/// A map that forgets what was not used lately.
#[derive(Debug)]
pub struct Kept<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    most: usize,
}

impl<K: Hash + Eq + Clone, V> Kept<K, V> {
    /// At most twice so many entries.
    pub fn new(most: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            most: most.max(1),
        }
    }

    /// What is kept under a key, now in use.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        if let Some(value) = self.old.remove(key) {
            self.insert(key.clone(), value);
        }
        self.young.get_mut(key)
    }

    /// Keeps something, in the place of what was kept under this key.
    pub fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.most && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_stays_and_the_rest_goes() {
        let mut kept = Kept::new(10);
        kept.insert(0, 'a');
        for key in 1..1000 {
            kept.insert(key, 'b');
            assert_eq!(kept.get(&0), Some(&mut 'a'), "{key}");
            assert!(kept.young.len() + kept.old.len() <= 20);
        }
        assert_eq!(kept.get(&1), None);
        assert_eq!(kept.get(&999), Some(&mut 'b'));
    }

    #[test]
    fn a_key_has_one_value() {
        let mut kept = Kept::new(1);
        kept.insert(1, 'a');
        kept.insert(2, 'b');
        kept.insert(1, 'c');
        assert_eq!(kept.get(&1), Some(&mut 'c'));
    }
}
