//! The keys that sign receipts: Ed25519, read from the database and read again while the server runs.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::scope::Db;

use crate::account::token::ring::RingError;
use crate::account::token::{KeyError, SigningKey, Stage, Standing};
use crate::database::RECEIPT_KEY;

/// The keys of receipts as this instance knows them.
pub struct ReceiptKeys(RwLock<Arc<Vec<Pair>>>);

/// A key that is ready to sign.
struct Pair {
    key: SigningKey,
    pair: Ed25519KeyPair,
}

/// The keys of receipts in the database, newest first.
///
/// # Errors
/// The database does not answer; a key is damaged; there is none.
pub async fn read_ring(db: &Db) -> Result<Vec<SigningKey>, RingError> {
    let mut ring = Vec::new();
    for row in db.sign_in().server_keys(RECEIPT_KEY).await? {
        let key = SigningKey::read(row.secret)?;
        ring.push(match row.signs_from {
            Some(moment) => key.signing_from(moment),
            None => key,
        });
    }
    ring.sort_by_key(|key| std::cmp::Reverse(key.signs_from));
    Ok(ring)
}

fn ready(ring: Vec<SigningKey>) -> Result<Arc<Vec<Pair>>, KeyError> {
    if ring.is_empty() {
        return Err(KeyError::Empty);
    }
    let pair = |key: SigningKey| {
        let pair = Ed25519KeyPair::from_pkcs8(&key.pkcs8).map_err(|_| KeyError::Damaged(key.kid.clone()))?;
        Ok(Pair { key, pair })
    };
    Ok(Arc::new(ring.into_iter().map(pair).collect::<Result<_, _>>()?))
}

/// The newest key whose time has come; where no time has come, for want of a right clock, the oldest.
fn signer(pairs: &[Pair], now: DateTime<Utc>) -> Option<&Pair> {
    let due = pairs
        .iter()
        .find(|pair| pair.key.signs_from.is_none_or(|from| from <= now));
    due.or(pairs.last())
}

impl ReceiptKeys {
    /// Begins with these keys, newest first.
    ///
    /// # Errors
    /// There is none, or one is damaged.
    pub fn new(ring: Vec<SigningKey>) -> Result<Self, KeyError> {
        Ok(Self(RwLock::new(ready(ring)?)))
    }

    fn pairs(&self) -> Arc<Vec<Pair>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys again. After an error everything stays as it was.
    ///
    /// # Errors
    /// The database does not answer, or holds no usable key.
    pub async fn reload(&self, db: &Db) -> Result<(), RingError> {
        let fresh = ready(read_ring(db).await?)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Signs with the newest key whose time has come; the key's name and the signature in base64url.
    pub fn sign(&self, text: &str, now: DateTime<Utc>) -> Option<(String, String)> {
        let pairs = self.pairs();
        let signer = signer(&pairs, now)?;
        let signature = signer.pair.sign(text.as_bytes());
        Some((signer.key.kid.clone(), URL_SAFE_NO_PAD.encode(signature)))
    }

    /// What each key does at a moment, newest first. None of them ever retires by itself.
    pub fn standings(&self, now: DateTime<Utc>) -> Vec<Standing> {
        let pairs = self.pairs();
        let signer = signer(&pairs, now).map(|pair| pair.key.kid.as_str());
        let stage = |key: &SigningKey| match key.signs_from {
            _ if Some(key.kid.as_str()) == signer => Stage::Signing,
            Some(from) if from > now => Stage::Next,
            _ => Stage::Checking,
        };
        let standing = |pair: &Pair| Standing {
            kid: pair.key.kid.clone(),
            stage: stage(&pair.key),
            signs_from: pair.key.signs_from,
            retires_at: None,
        };
        pairs.iter().map(standing).collect()
    }

    /// The public parts as a JWK set (RFC 7517, RFC 8037): also of keys that sign no more, for a receipt is looked at late.
    pub fn jwks(&self) -> serde_json::Value {
        let pairs = self.pairs();
        let keys = pairs.iter().map(|pair| {
            serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&pair.key.public),
                "kid": pair.key.kid, "use": "sig", "alg": "EdDSA",
            })
        });
        serde_json::json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    #[test]
    fn the_newest_key_whose_time_has_come_signs_and_all_are_published() {
        let now: DateTime<Utc> = "2026-11-20T08:00:00Z".parse().unwrap();
        let (old, new) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let waiting = new.clone().signing_from(now + chrono::TimeDelta::minutes(10));
        let keys = ReceiptKeys::new(vec![waiting, old.clone()]).unwrap();
        for (at, signer) in [(now, &old), (now + chrono::TimeDelta::minutes(10), &new)] {
            let (kid, signature) = keys.sign("words", at).unwrap();
            assert_eq!(kid, signer.kid);
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            let public = UnparsedPublicKey::new(&ED25519, &signer.public);
            assert!(public.verify(b"words", &signature).is_ok());
            assert!(public.verify(b"other words", &signature).is_err());
        }
        let stages = |at| keys.standings(at).into_iter().map(|key| key.stage).collect::<Vec<_>>();
        assert_eq!(stages(now), [Stage::Next, Stage::Signing]);
        assert_eq!(
            stages(now + chrono::TimeDelta::minutes(10)),
            [Stage::Signing, Stage::Checking]
        );
        assert_eq!(keys.jwks()["keys"].as_array().unwrap().len(), 2);
        assert!(ReceiptKeys::new(Vec::new()).is_err());
    }
}
