//! Access tokens: who asks, for ten minutes, signed so that every instance can check it without a database.
//!
//! A token says who somebody is and which session and post they act under, never what they may do: rights are read anew
//! at each request, so that an ended post ends at once. Refresh tokens, invitations and the like are opaque values
//! kept elsewhere; the header's `typ` keeps any of them from ever being taken for one of these (RFC 8725 section 3.11).

mod key;
pub mod ring;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use key::{KeyError, SigningKey};

/// Longest token that is looked at, in bytes; ours have about 600.
pub const MAX_TOKEN_BYTES: usize = 2048;
/// How far the clock of the instance that issued a token may run ahead of the one that checks it, in seconds. There is
/// no such grace at the end of a token's life.
pub const NOT_BEFORE_LEEWAY_SECONDS: i64 = 30;
/// The longest life of an access token that can be configured, in seconds.
pub const LONGEST_LIFE_SECONDS: i64 = 900;
/// `typ` of our access tokens (RFC 9068 section 2.1).
const TYPE: &str = "at+jwt";
/// So long after a key has stopped signing its last token may still hold: the longest life of a token, and a minute for
/// clocks that differ.
const AFTERLIFE: TimeDelta = TimeDelta::seconds(LONGEST_LIFE_SECONDS + 60);

/// What an access token says. Unknown claims are ignored, as RFC 7519 section 4 asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The installation that issued it.
    pub iss: String,
    /// Whom it is meant for; always one text, never a list.
    pub aud: String,
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The refresh token it was given out with.
    #[serde(rename = "gen")]
    pub generation: Uuid,
    /// The post chosen to act under, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Uuid>,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it begins to hold.
    pub nbf: i64,
    /// The first second at which it no longer holds.
    pub exp: i64,
    /// Id of this token.
    pub jti: Uuid,
}

/// Whom a token is issued to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The account.
    pub account: Uuid,
    /// The session.
    pub session: Uuid,
    /// The refresh token it is given out with.
    pub generation: Uuid,
    /// The post chosen to act under, if one was.
    pub post: Option<Uuid>,
}

/// Why a token is refused. The client is told only that it is; the reason is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_BYTES`], not three parts, not base64url, not JSON, or a claim missing or mistyped.
    #[error("the token is malformed")]
    Malformed,
    /// A header member that we never write (`jku`, `jwk`, `x5u`, `crit` ..), or one of ours missing.
    #[error("the token's header is not one of ours")]
    Header,
    /// Another algorithm than `EdDSA`.
    #[error("the token names another algorithm")]
    Algorithm,
    /// Another kind of token.
    #[error("the token is of another type")]
    Type,
    /// No such key in the ring.
    #[error("the token names a key that is not in the ring")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Another installation's.
    #[error("the token has another issuer")]
    Issuer,
    /// Meant for someone else.
    #[error("the token is meant for another audience")]
    Audience,
    /// Its life is over.
    #[error("the token has expired")]
    Expired,
    /// Its life has not begun.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// A new token could not be signed.
    #[error("a token could not be signed")]
    Signing,
}

/// Exactly the members our tokens have. Anything else is refused by name, so nothing a client writes there can choose
/// a key (RFC 8725 section 3.10).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// Issues and checks access tokens with a ring of keys. It does not change; rotation puts another one in its place
/// ([`ring::KeyRing`]).
///
/// Of the keys the newest signs whose time has come. The one before it goes on checking until its last token has died;
/// then nothing it signed is believed any more.
pub struct TokenKeys {
    ring: Vec<RingKey>,
    validation: Validation,
    issuer: String,
    audience: String,
    lifetime: Duration,
}

/// A key as it signs, as it is checked with and as it is published.
struct RingKey {
    kid: String,
    public: Vec<u8>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    signs_from: Option<DateTime<Utc>>,
    retires_at: Option<DateTime<Utc>>,
}

/// What a key of the ring does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Published, and waits for its time.
    Next,
    /// Signs.
    Signing,
    /// Checks what it has signed.
    Checking,
    /// Nothing any more.
    Retired,
}

/// A key of the ring as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name in token headers.
    pub kid: String,
    /// What it does.
    pub stage: Stage,
    /// From when it signs; `None` since ever.
    pub signs_from: Option<DateTime<Utc>>,
    /// From when it does nothing any more; `None` while no other key is to follow it.
    pub retires_at: Option<DateTime<Utc>>,
}

impl TokenKeys {
    /// Takes the keys, newest first. Tokens live for `lifetime`, in whole seconds.
    ///
    /// # Errors
    /// For an empty ring, two keys of one `kid`, and a key that cannot be used.
    pub fn new(
        ring: &[SigningKey],
        issuer: impl Into<String>,
        audience: impl Into<String>,
        lifetime: Duration,
    ) -> Result<Self, KeyError> {
        if ring.is_empty() {
            return Err(KeyError::Empty);
        }
        let mut kids = HashSet::new();
        for key in ring {
            key.check()?;
            if !kids.insert(key.kid.as_str()) {
                return Err(KeyError::Twice(key.kid.clone()));
            }
        }
        let (issuer, audience) = (issuer.into(), audience.into());
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        // The library would ask the machine's clock; `verify` asks the one it is given.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            ring: dated(ring),
            validation,
            issuer,
            audience,
            lifetime,
        })
    }

    /// Signs a token that holds from `now`; `jti` is its own id. Returns it with the moment it ends.
    ///
    /// # Errors
    /// [`TokenError::Signing`], which [`TokenKeys::new`] has made all but impossible.
    pub fn issue(&self, bearer: Bearer, jti: Uuid, now: DateTime<Utc>) -> Result<(String, DateTime<Utc>), TokenError> {
        let signer = self.signer(now).ok_or(TokenError::Signing)?;
        let iat = now.timestamp();
        let lifetime = i64::try_from(self.lifetime.as_secs()).map_err(|_| TokenError::Signing)?;
        let exp = iat.checked_add(lifetime).ok_or(TokenError::Signing)?;
        let end = DateTime::from_timestamp(exp, 0).ok_or(TokenError::Signing)?;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: bearer.account,
            sid: bearer.session,
            generation: bearer.generation,
            post: bearer.post,
            iat,
            nbf: iat,
            exp,
            jti,
        };
        let mut header = jsonwebtoken::Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signer.kid.clone());
        let token = jsonwebtoken::encode(&header, &claims, &signer.encoding).map_err(|_| TokenError::Signing)?;
        Ok((token, end))
    }

    /// Checks a token at a moment: form, header, key, signature, issuer, audience, then time.
    ///
    /// # Errors
    /// The first of these that is not as it must be.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let header = read_header(token)?;
        if header.alg != "EdDSA" {
            return Err(TokenError::Algorithm);
        }
        if header.typ != TYPE {
            return Err(TokenError::Type);
        }
        let key = self
            .ring
            .iter()
            .find(|key| key.kid == header.kid && !key.is_retired(now))
            .ok_or(TokenError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => TokenError::Signature,
                ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
                ErrorKind::InvalidIssuer => TokenError::Issuer,
                ErrorKind::InvalidAudience => TokenError::Audience,
                _ => TokenError::Malformed,
            })?
            .claims;
        let seconds = now.timestamp();
        if seconds >= claims.exp {
            return Err(TokenError::Expired);
        }
        if claims.nbf > seconds.saturating_add(NOT_BEFORE_LEEWAY_SECONDS) {
            return Err(TokenError::NotYetValid);
        }
        Ok(claims)
    }

    /// The public keys at a moment as a JWK set (RFC 7517, RFC 8037), for others who check our tokens.
    pub fn jwks(&self, now: DateTime<Utc>) -> serde_json::Value {
        let keys: Vec<_> = self
            .ring
            .iter()
            .filter(|key| !key.is_retired(now))
            .map(|key| {
                serde_json::json!({
                    "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&key.public),
                    "kid": key.kid, "use": "sig", "alg": "EdDSA",
                })
            })
            .collect();
        serde_json::json!({ "keys": keys })
    }

    /// What each key does at a moment, newest first.
    pub fn standings(&self, now: DateTime<Utc>) -> Vec<Standing> {
        let signer = self.signer(now).map(|key| key.kid.as_str());
        let stage = |key: &RingKey| match key {
            key if Some(key.kid.as_str()) == signer => Stage::Signing,
            key if !key.signs_at(now) => Stage::Next,
            key if key.is_retired(now) => Stage::Retired,
            _ => Stage::Checking,
        };
        let standing = |key: &RingKey| Standing {
            kid: key.kid.clone(),
            stage: stage(key),
            signs_from: key.signs_from,
            retires_at: key.retires_at,
        };
        self.ring.iter().map(standing).collect()
    }

    /// The newest key whose time has come; where no time has come, for want of a right clock, the oldest.
    fn signer(&self, now: DateTime<Utc>) -> Option<&RingKey> {
        let due = self.ring.iter().find(|key| key.signs_at(now));
        due.or(self.ring.last())
    }

    /// The same issuer and audience with another ring.
    fn with_ring(&self, ring: &[SigningKey]) -> Result<Self, KeyError> {
        Self::new(ring, self.issuer.clone(), self.audience.clone(), self.lifetime)
    }
}

/// The keys, newest first, each with the moment at which the one after it has made it useless.
fn dated(ring: &[SigningKey]) -> Vec<RingKey> {
    let mut newer: Option<DateTime<Utc>> = None;
    let mut keys = Vec::with_capacity(ring.len());
    for key in ring {
        keys.push(RingKey {
            kid: key.kid.clone(),
            public: key.public.clone(),
            encoding: EncodingKey::from_ed_der(&key.pkcs8),
            decoding: DecodingKey::from_ed_der(&key.public),
            signs_from: key.signs_from,
            retires_at: newer.map(|moment| moment + AFTERLIFE),
        });
        newer = key.signs_from;
    }
    keys
}

impl RingKey {
    fn signs_at(&self, now: DateTime<Utc>) -> bool {
        self.signs_from.is_none_or(|from| from <= now)
    }

    fn is_retired(&self, now: DateTime<Utc>) -> bool {
        self.retires_at.is_some_and(|end| end <= now)
    }
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kids: Vec<_> = self.ring.iter().map(|key| &key.kid).collect();
        f.debug_struct("TokenKeys")
            .field("kids", &kids)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// The header of a token of three parts, before anything in it is believed.
fn read_header(token: &str) -> Result<Header, TokenError> {
    if token.len() > MAX_TOKEN_BYTES || token.split('.').count() != 3 {
        return Err(TokenError::Malformed);
    }
    let encoded = token.split('.').next().unwrap_or_default();
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => TokenError::Header,
        _ => TokenError::Malformed,
    })
}
