//! Secrets that must be read back, sealed with a key of the server: AES-256-GCM.
//!
//! A copy of these tables alone opens nothing. The key lies in `server_key`, which no role may write and only sign-in reads.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use entity::id::AccountId;
use entity::table::server_key;
use zeroize::Zeroizing;

use crate::clock::Entropy;

/// Bytes of a key's id, which stands first in what is sealed.
const ID_LEN: usize = 16;

/// Seals and opens. What is sealed says with which key, so a newer key may take over.
pub struct Sealer {
    /// The one that seals first; all of them open.
    keys: Vec<(server_key::Model, LessSafeKey)>,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    /// With the keys, the newest first.
    ///
    /// # Errors
    /// One of them has not 32 bytes.
    pub fn new(rows: Vec<server_key::Model>, entropy: Arc<dyn Entropy>) -> Result<Self, Unspecified> {
        let key = |row: server_key::Model| {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &row.secret)?);
            Ok((row, key))
        };
        let keys = rows.into_iter().map(key).collect::<Result<_, Unspecified>>()?;
        Ok(Self { keys, entropy })
    }

    /// Seals for an account: what is moved into another account's row does not open there.
    ///
    /// # Errors
    /// There is no key.
    pub fn seal(&self, account: AccountId, plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let (row, key) = self.keys.first().ok_or(Unspecified)?;
        // random: of one key, 2^32 values may be sealed before two nonces are likely to meet
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        let mut body = plain.to_vec();
        let (unique, bound) = (Nonce::assume_unique_for_key(nonce), Aad::from(account.0.as_bytes()));
        key.seal_in_place_append_tag(unique, bound, &mut body)?;
        Ok([row.id.0.as_bytes().as_slice(), &nonce, &body].concat())
    }

    /// Opens what was sealed for an account.
    ///
    /// # Errors
    /// It was sealed for another account or with a key that is gone, or it was changed.
    pub fn open(&self, account: AccountId, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let (id, rest) = sealed.split_at_checked(ID_LEN).ok_or(Unspecified)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(Unspecified)?;
        let known = self.keys.iter().find(|(row, _)| row.id.0.as_bytes() == id);
        let (_, key) = known.ok_or(Unspecified)?;
        let mut body = Zeroizing::new(body.to_vec());
        let (nonce, bound) = (
            Nonce::try_assume_unique_for_key(nonce)?,
            Aad::from(account.0.as_bytes()),
        );
        let length = key.open_in_place(nonce, bound, &mut body)?.len();
        body.truncate(length);
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::clock::SeededEntropy;

    fn key(number: u8) -> server_key::Model {
        server_key::Model {
            id: Uuid::from_bytes([number; 16]).into(),
            purpose: String::new(),
            secret: vec![number; 32],
            created_at: DateTime::UNIX_EPOCH,
            signs_from: None,
        }
    }

    fn sealer(keys: &[u8]) -> Sealer {
        Sealer::new(
            keys.iter().map(|number| key(*number)).collect(),
            Arc::new(SeededEntropy::new(1)),
        )
        .unwrap()
    }

    fn account(number: u128) -> AccountId {
        Uuid::from_u128(number).into()
    }

    #[test]
    fn what_is_sealed_opens_for_its_account_only_and_unchanged_only() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal(account(1), b"a secret").unwrap();
        assert_eq!(sealer.open(account(1), &sealed).unwrap().as_slice(), b"a secret");
        assert!(sealer.open(account(2), &sealed).is_err());
        assert!(!sealed.windows(8).any(|part| part == b"a secret"));
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            if let Some(byte) = bent.get_mut(at) {
                *byte ^= 1;
            }
            assert!(sealer.open(account(1), &bent).is_err(), "{at}");
            assert!(sealer.open(account(1), sealed.get(..at).unwrap()).is_err(), "{at}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let sealer = sealer(&[1]);
        let seal = || sealer.seal(account(1), b"a secret").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_newer_key_takes_over_and_the_older_still_opens() {
        let old = sealer(&[1]).seal(account(1), b"a secret").unwrap();
        let both = sealer(&[2, 1]);
        assert!(both.open(account(1), &old).is_ok());
        let new = both.seal(account(1), b"a secret").unwrap();
        assert!(sealer(&[1]).open(account(1), &new).is_err());
        assert!(sealer(&[2]).open(account(1), &new).is_ok());
    }

    #[test]
    fn a_short_key_and_no_key_are_refused() {
        let short = server_key::Model {
            secret: vec![1; 31],
            ..key(1)
        };
        assert!(Sealer::new(vec![short], Arc::new(SeededEntropy::new(1))).is_err());
        assert!(sealer(&[]).seal(account(1), b"x").is_err());
    }
}
