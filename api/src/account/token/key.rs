//! The keys access tokens are signed with: Ed25519, made here, kept by whoever keeps them.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

/// Why a key or a ring of keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key to sign with.
    #[error("there is no signing key")]
    Empty,
    /// Two keys answer to one name.
    #[error("the signing key {0} is there twice")]
    Twice(String),
    /// The private part does not parse, or the public part is not the one that belongs to it.
    #[error("the signing key {0} is damaged")]
    Damaged(String),
    /// No new key could be made.
    #[error("no signing key could be made")]
    Generation,
}

/// An Ed25519 key pair with its name. `Debug` does not show the private part, and dropping it wipes that.
#[derive(Clone)]
pub struct SigningKey {
    /// Its name in token headers: the thumbprint of the public part (RFC 7638, RFC 8037 appendix A.3), so it says
    /// nothing about when or where the key was made.
    pub kid: String,
    /// Both parts, PKCS #8 version 2 in DER.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// The public part, 32 bytes.
    pub public: Vec<u8>,
    /// From when it signs; `None` since ever.
    pub signs_from: Option<DateTime<Utc>>,
}

impl SigningKey {
    /// Makes a new key from the randomness of the cryptographic library.
    ///
    /// # Errors
    /// [`KeyError::Generation`] when the library has none.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?;
        let document = pair.to_pkcs8().map_err(|_| KeyError::Generation)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            kid: thumbprint(&public),
            pkcs8: Zeroizing::new(document.as_ref().to_vec()),
            public,
            signs_from: None,
        })
    }

    /// Reads a key that was kept as [`SigningKey::pkcs8`].
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when it does not parse.
    pub fn read(pkcs8: Vec<u8>) -> Result<Self, KeyError> {
        let pkcs8 = Zeroizing::new(pkcs8);
        let pair =
            Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| KeyError::Damaged("kept in the database".to_owned()))?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            kid: thumbprint(&public),
            pkcs8,
            public,
            signs_from: None,
        })
    }

    /// The same key, signing from a moment on.
    #[must_use]
    pub fn signing_from(self, moment: DateTime<Utc>) -> Self {
        Self {
            signs_from: Some(moment),
            ..self
        }
    }

    /// Whether both parts are there, belong together and carry a name.
    pub(super) fn check(&self) -> Result<(), KeyError> {
        let damaged = || KeyError::Damaged(self.kid.clone());
        let pair = Ed25519KeyPair::from_pkcs8(&self.pkcs8).map_err(|_| damaged())?;
        let fits = pair.public_key().as_ref() == self.public.as_slice() && !self.kid.is_empty();
        if fits { Ok(()) } else { Err(damaged()) }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// SHA-256 of the members that make the key, in the one order and spelling RFC 7638 section 3 allows.
pub(super) fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, jwk.as_bytes()))
}
