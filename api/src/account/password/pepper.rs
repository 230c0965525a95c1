//! argon2id with the installation's cost, and with its pepper if it has one.
//!
//! A pepper is a secret of the configuration: whoever steals the database alone cannot guess the passwords in it. It can
//! be introduced later, so a hash says whether it was made with one: the PHC string's `keyid` is a mark of the pepper.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Error, KeyId, Params, ParamsBuilder, Version};
use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretString};

use super::Cost;

/// What hashes are made with today.
#[derive(Clone)]
pub(super) struct Mill {
    params: Params,
    pepper: Option<Arc<SecretString>>,
}

impl Mill {
    /// # Errors
    /// When argon2 refuses the cost.
    pub(super) fn new(cost: Cost, pepper: Option<&SecretString>) -> Result<Self, Error> {
        let mut params = ParamsBuilder::new();
        params.m_cost(cost.memory_kib).t_cost(cost.iterations).p_cost(1);
        if let Some(pepper) = pepper {
            params.keyid(mark(pepper)?);
        }
        Ok(Self {
            params: params.build()?,
            pepper: pepper.cloned().map(Arc::new),
        })
    }

    /// For a new hash.
    ///
    /// # Errors
    /// When the pepper is longer than argon2 takes.
    pub(super) fn grinder(&self) -> Result<Argon2<'_>, Error> {
        self.argon2(self.pepper.is_some())
    }

    /// For comparing with a hash that [`Mill::can_compare`].
    ///
    /// # Errors
    /// As [`Mill::grinder`].
    pub(super) fn grinder_of(&self, hash: &PasswordHash) -> Result<Argon2<'_>, Error> {
        self.argon2(mark_of(hash).is_some_and(|mark| !mark.is_empty()))
    }

    /// Whether the hash was made without a pepper or with this one.
    pub(super) fn can_compare(&self, hash: &PasswordHash) -> bool {
        mark_of(hash).is_some_and(|mark| mark.is_empty() || mark == self.params.keyid())
    }

    /// Whether the hash was made by another algorithm, at a lower cost, or without today's pepper.
    pub(super) fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let today = &self.params;
        let cheaper = |stored: Params| {
            stored.m_cost() < today.m_cost() || stored.t_cost() < today.t_cost() || stored.keyid() != today.keyid()
        };
        hash.algorithm.as_str() != Algorithm::Argon2id.as_str() || Params::try_from(hash).map_or(true, cheaper)
    }

    fn argon2(&self, peppered: bool) -> Result<Argon2<'_>, Error> {
        let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, self.params.clone());
        match self.pepper.as_deref().filter(|_| peppered) {
            Some(pepper) => {
                let secret = pepper.expose_secret().as_bytes();
                Argon2::new_with_secret(secret, algorithm, version, params)
            }
            None => Ok(Argon2::new(algorithm, version, params)),
        }
    }
}

impl std::fmt::Debug for Mill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mill")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// What stands in a hash for the pepper it was made with; it does not help to guess a pepper of 32 random characters.
fn mark(pepper: &SecretString) -> Result<KeyId, Error> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, pepper.expose_secret().as_bytes());
    let tag = hmac::sign(&key, b"khuyenhoc password pepper 1");
    KeyId::new(tag.as_ref().get(..KeyId::MAX_LEN).unwrap_or_default())
}

fn mark_of(hash: &PasswordHash) -> Option<Vec<u8>> {
    Params::try_from(hash).ok().map(|params| params.keyid().to_vec())
}
