//! Tokens as they should be, and the ways others have been forged (RFC 8725 sections 2 and 3).

use serde_json::{Value, json};

use super::key::thumbprint;
use super::*;

const ISSUER: &str = "khuyenhoc";
const AUDIENCE: &str = "khuyenhoc-app";

fn now() -> DateTime<Utc> {
    "2026-11-20T08:00:00.5Z".parse().unwrap()
}

fn later(seconds: i64) -> DateTime<Utc> {
    now() + chrono::TimeDelta::seconds(seconds)
}

fn ring(number: usize) -> Vec<SigningKey> {
    (0..number).map(|_| SigningKey::generate().unwrap()).collect()
}

fn keys(ring: &[SigningKey]) -> TokenKeys {
    TokenKeys::new(ring, ISSUER, AUDIENCE, Duration::from_mins(10)).unwrap()
}

fn bearer() -> Bearer {
    Bearer {
        account: Uuid::from_u128(1),
        session: Uuid::from_u128(2),
        generation: Uuid::from_u128(4),
        post: Some(Uuid::from_u128(3)),
    }
}

fn issue(keys: &TokenKeys) -> String {
    keys.issue(bearer(), Uuid::from_u128(4), now()).unwrap().0
}

fn header(key: &SigningKey) -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": key.kid })
}

fn claims() -> Value {
    let iat = now().timestamp();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2), "gen": Uuid::from_u128(4),
        "iat": iat, "nbf": iat, "exp": iat + 600, "jti": Uuid::from_u128(4),
    })
}

/// The value with one member set, or taken away where the new value is null.
fn with(mut object: Value, member: &str, value: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(member);
    } else {
        members.insert(member.to_owned(), value);
    }
    object
}

/// A token with any header and any claims, properly signed by the key.
fn forge(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let message = [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".");
    let signer = EncodingKey::from_ed_der(&key.pkcs8);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signer, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn a_token_comes_back_as_it_was_issued() {
    let keys = keys(&ring(1));
    let (token, end) = keys.issue(bearer(), Uuid::from_u128(4), now()).unwrap();
    let claims = keys.verify(&token, now()).unwrap();
    assert_eq!(end.timestamp(), now().timestamp() + 600);
    assert_eq!(
        (claims.sub, claims.sid, claims.post),
        (Uuid::from_u128(1), Uuid::from_u128(2), Some(Uuid::from_u128(3)))
    );
    assert_eq!((claims.exp, claims.jti), (end.timestamp(), Uuid::from_u128(4)));
    assert!(token.len() < 700, "{}", token.len());
    let without = keys
        .issue(Bearer { post: None, ..bearer() }, Uuid::nil(), now())
        .unwrap()
        .0;
    assert_eq!(keys.verify(&without, now()).unwrap().post, None);
}

#[test]
fn the_header_says_what_it_must() {
    let ring = ring(1);
    let token = issue(&keys(&ring));
    let part = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&part).unwrap(), header(&ring[0]));
}

#[test]
fn time_is_the_callers_and_the_end_has_no_grace() {
    let keys = keys(&ring(1));
    let token = issue(&keys);
    assert!(keys.verify(&token, later(599)).is_ok());
    assert_eq!(keys.verify(&token, later(600)), Err(TokenError::Expired));
    assert_eq!(keys.verify(&token, later(601)), Err(TokenError::Expired));
    assert!(keys.verify(&token, later(-30)).is_ok());
    assert_eq!(keys.verify(&token, later(-31)), Err(TokenError::NotYetValid));
}

#[test]
fn every_key_of_the_ring_verifies_and_the_first_signs() {
    let (mut both, old) = (ring(2), ring(1));
    let from_old = issue(&keys(&old));
    assert_eq!(keys(&both).verify(&from_old, now()), Err(TokenError::UnknownKey));
    both.extend(old);
    let three = keys(&both);
    assert!(three.verify(&from_old, now()).is_ok());
    assert!(keys(&both[..1]).verify(&issue(&three), now()).is_ok());
    let published = three.jwks(now());
    assert_eq!(published["keys"].as_array().unwrap().len(), 3);
    let first = &published["keys"][0];
    assert_eq!(
        (&first["kty"], &first["crv"], &first["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    assert_eq!(first["kid"], json!(both[0].kid));
    let x = first["x"].as_str().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(x).unwrap(), both[0].public);
    assert!(!published.to_string().contains("\"d\""), "a private part is published");
}

#[test]
fn a_key_is_published_then_signs_then_checks_then_is_nothing() {
    let pair = ring(2);
    let (old, new) = (&pair[1], pair[0].clone().signing_from(later(600)));
    let keys = keys(&[new.clone(), old.clone()]);
    let signed_by = |at: i64| {
        let token = keys.issue(bearer(), Uuid::nil(), later(at)).unwrap().0;
        let part = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&part).unwrap();
        (token, header["kid"].as_str().unwrap().to_owned())
    };
    let published = |at: i64| keys.jwks(later(at))["keys"].as_array().unwrap().len();
    let stages = |at: i64| {
        keys.standings(later(at))
            .iter()
            .map(|key| key.stage)
            .collect::<Vec<_>>()
    };
    assert_eq!((signed_by(599).1, published(0)), (old.kid.clone(), 2));
    assert_eq!(stages(599), [Stage::Next, Stage::Signing]);
    assert_eq!(signed_by(600).1, new.kid);
    assert_eq!(stages(600), [Stage::Signing, Stage::Checking]);
    let last = signed_by(599).0;
    assert!(keys.verify(&last, later(1198)).is_ok());
    // the longest life of a token and a minute after its last: whatever the old key signs is nothing
    let end = 600 + LONGEST_LIFE_SECONDS + 60;
    let stolen = |at| forge_at(old, at);
    assert!(keys.verify(&stolen(end - 1), later(end - 1)).is_ok());
    assert_eq!(keys.verify(&stolen(end), later(end)), Err(TokenError::UnknownKey));
    assert_eq!((published(end - 1), published(end)), (2, 1));
    assert_eq!(stages(end), [Stage::Signing, Stage::Retired]);
    assert_eq!(keys.standings(now())[1].retires_at, Some(later(end)));
}

/// What somebody signs with a key at a moment, whatever the ring says.
fn forge_at(key: &SigningKey, seconds: i64) -> String {
    let alone = keys(std::slice::from_ref(key));
    alone.issue(bearer(), Uuid::nil(), later(seconds)).unwrap().0
}

#[test]
fn no_token_can_be_configured_to_outlive_its_key() {
    let load = |seconds: i64| {
        let life = ("KHUYENHOC_ACCESS_TOKEN_SECONDS".to_owned(), seconds.to_string());
        crate::config::Config::load(None, std::iter::once(life))
    };
    assert!(load(LONGEST_LIFE_SECONDS).is_ok());
    assert!(load(LONGEST_LIFE_SECONDS + 1).is_err());
}

#[test]
fn signing_goes_on_where_no_keys_time_has_come() {
    let pair = ring(2);
    let waiting = |key: &SigningKey, seconds| key.clone().signing_from(later(seconds));
    let keys = keys(&[waiting(&pair[0], 20), waiting(&pair[1], 10)]);
    let token = issue(&keys);
    assert!(keys.verify(&token, now()).is_ok());
    assert_eq!(keys.standings(now())[1].stage, Stage::Signing);
}

#[test]
fn no_other_algorithm_will_do() {
    let ring = ring(1);
    let (keys, key) = (keys(&ring), &ring[0]);
    for alg in [
        "none", "None", "NONE", "nOnE", "HS256", "RS256", "ES256", "eddsa", "Ed448", "",
    ] {
        let claimed = forge(key, &with(header(key), "alg", json!(alg)), &claims());
        assert_eq!(keys.verify(&claimed, now()), Err(TokenError::Algorithm), "{alg}");
        let unsigned = format!("{}.", claimed.rsplit_once('.').unwrap().0);
        assert_eq!(keys.verify(&unsigned, now()), Err(TokenError::Algorithm), "{alg}");
    }
    let honest = forge(key, &header(key), &claims());
    assert!(keys.verify(&honest, now()).is_ok());
    let stripped = format!("{}.", honest.rsplit_once('.').unwrap().0);
    assert_eq!(keys.verify(&stripped, now()), Err(TokenError::Signature));
}

#[test]
fn the_public_key_is_not_a_shared_secret() {
    let ring = ring(1);
    let (keys, key) = (keys(&ring), &ring[0]);
    let x = URL_SAFE_NO_PAD.encode(&key.public);
    for secret in [
        key.public.as_slice(),
        x.as_bytes(),
        keys.jwks(now()).to_string().as_bytes(),
    ] {
        let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
        (header.typ, header.kid) = (Some(TYPE.to_owned()), Some(key.kid.clone()));
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(keys.verify(&token, now()), Err(TokenError::Algorithm));
        // And the same signature under the name of the right algorithm.
        let (_, signature) = token.rsplit_once('.').unwrap();
        let honest = forge(key, &super::tests::header(key), &claims());
        let grafted = format!("{}.{signature}", honest.rsplit_once('.').unwrap().0);
        assert_eq!(keys.verify(&grafted, now()), Err(TokenError::Signature));
    }
}

#[test]
fn a_key_is_chosen_by_a_name_from_the_ring_only() {
    let (ring, stranger) = (ring(2), ring(1));
    let (keys, key, other) = (keys(&ring), &ring[0], &stranger[0]);
    let lower = key.kid.to_lowercase();
    for kid in [
        "",
        "../../dev/null",
        "/dev/null",
        "' OR 1=1 --",
        "0",
        "http://127.0.0.1/key",
        &other.kid,
        &lower,
        "\0",
    ] {
        let token = forge(other, &with(header(other), "kid", json!(kid)), &claims());
        assert_eq!(keys.verify(&token, now()), Err(TokenError::UnknownKey), "{kid}");
    }
    // A name from the ring, another key's signature: a stranger's and a sister's.
    for signer in [other, &ring[1]] {
        assert_eq!(
            keys.verify(&forge(signer, &header(key), &claims()), now()),
            Err(TokenError::Signature)
        );
    }
    for kid in [Value::Null, json!(0), json!([key.kid]), json!({ "kid": key.kid })] {
        let token = forge(key, &with(header(key), "kid", kid.clone()), &claims());
        assert_eq!(keys.verify(&token, now()), Err(TokenError::Header), "{kid}");
    }
}

#[test]
fn a_header_may_not_bring_its_own_key_or_anything_else() {
    let ring = ring(1);
    let (keys, key) = (keys(&ring), &ring[0]);
    let jwk = keys.jwks(now())["keys"][0].clone();
    for (member, value) in [
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/cert")),
        ("jwk", jwk),
        ("x5c", json!([])),
        ("x5t", json!("")),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A128GCM")),
    ] {
        // Even with a signature that fits: what we never write is never ours.
        let token = forge(key, &with(header(key), member, value), &claims());
        assert_eq!(keys.verify(&token, now()), Err(TokenError::Header), "{member}");
    }
}

#[test]
fn other_kinds_of_token_are_refused() {
    let ring = ring(1);
    let (keys, key) = (keys(&ring), &ring[0]);
    for typ in ["JWT", "rt+jwt", "AT+JWT", "application/at+jwt", ""] {
        let token = forge(key, &with(header(key), "typ", json!(typ)), &claims());
        assert_eq!(keys.verify(&token, now()), Err(TokenError::Type), "{typ}");
    }
    let token = forge(key, &with(header(key), "typ", Value::Null), &claims());
    assert_eq!(keys.verify(&token, now()), Err(TokenError::Header));
}

#[test]
fn claims_are_checked_one_by_one() {
    let ring = ring(1);
    let (keys, key) = (keys(&ring), &ring[0]);
    let check = |member: &str, value: Value| {
        keys.verify(&forge(key, &header(key), &with(claims(), member, value)), now())
            .map(|_| ())
    };
    assert_eq!(check("iss", json!("someone-else")), Err(TokenError::Issuer));
    assert_eq!(check("iss", json!("khuyenhoc ")), Err(TokenError::Issuer));
    assert_eq!(check("aud", json!("another-app")), Err(TokenError::Audience));
    assert_eq!(check("iss", json!([ISSUER, "x"])), Err(TokenError::Malformed));
    assert_eq!(check("aud", json!([AUDIENCE])), Err(TokenError::Malformed));
    for member in ["iss", "aud", "sub", "sid", "gen", "iat", "nbf", "exp", "jti"] {
        assert_eq!(
            check(member, Value::Null),
            Err(TokenError::Malformed),
            "{member} missing"
        );
    }
    for value in [
        json!("4102444800"),
        json!(4_102_444_800.5),
        json!(true),
        json!(1e300),
        json!([]),
    ] {
        assert_eq!(check("exp", value.clone()), Err(TokenError::Malformed), "{value}");
    }
    assert_eq!(check("exp", json!(now().timestamp() - 1)), Err(TokenError::Expired));
    assert_eq!(check("exp", json!(now().timestamp())), Err(TokenError::Expired));
    assert_eq!(check("exp", json!(now().timestamp() + 1)), Ok(()));
    assert_eq!(check("nbf", json!(now().timestamp() + 30)), Ok(()));
    assert_eq!(
        check("nbf", json!(now().timestamp() + 31)),
        Err(TokenError::NotYetValid)
    );
    assert_eq!(check("nbf", json!(i64::MAX)), Err(TokenError::NotYetValid));
    assert_eq!(check("sub", json!("1 OR 1=1")), Err(TokenError::Malformed));
}

#[test]
fn more_claims_change_nothing() {
    let ring = ring(1);
    let (keys, key) = (keys(&ring), &ring[0]);
    let more = with(
        with(claims(), "role", json!("CITY_OFFICER")),
        "tenant",
        json!(Uuid::nil()),
    );
    let plain = keys.verify(&forge(key, &header(key), &claims()), now()).unwrap();
    assert_eq!(keys.verify(&forge(key, &header(key), &more), now()), Ok(plain));
    let twice = claims()
        .to_string()
        .replacen('{', &format!("{{\"sub\":\"{}\",", Uuid::nil()), 1);
    let message = [header(key).to_string(), twice]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signer = EncodingKey::from_ed_der(&key.pkcs8);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signer, Algorithm::EdDSA).unwrap();
    assert_eq!(
        keys.verify(&format!("{message}.{signature}"), now()),
        Err(TokenError::Malformed)
    );
}

#[test]
fn no_damaged_token_passes_or_panics() {
    let keys = keys(&ring(1));
    let token = issue(&keys);
    for end in 0..token.len() {
        assert!(keys.verify(&token[..end], now()).is_err(), "cut at {end}");
    }
    for at in 0..token.len() {
        for letter in ["A", "_", ".", "=", " ", "é", "\0"] {
            let damaged = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
            assert!(
                damaged == token || keys.verify(&damaged, now()).is_err(),
                "{letter} at {at}"
            );
        }
    }
    let two_more_parts = format!("{token}.{token}");
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        " ",
        "null",
        "e30.e30.e30",
        two_more_parts.as_str(),
    ] {
        assert!(keys.verify(text, now()).is_err(), "{text}");
    }
    assert!(keys.verify(&format!("{token} "), now()).is_err());
    assert_eq!(
        keys.verify(&"a".repeat(MAX_TOKEN_BYTES + 1), now()),
        Err(TokenError::Malformed)
    );
    assert_eq!(
        keys.verify(&format!("{}.e30.e30", "A".repeat(10_000_000)), now()),
        Err(TokenError::Malformed)
    );
}

#[test]
fn a_ring_must_be_usable() {
    let whole = ring(2);
    let fails = |ring: &[SigningKey]| TokenKeys::new(ring, ISSUER, AUDIENCE, Duration::from_mins(10)).unwrap_err();
    assert_eq!(fails(&[]), KeyError::Empty);
    assert_eq!(
        fails(&[whole[0].clone(), whole[0].clone()]),
        KeyError::Twice(whole[0].kid.clone())
    );
    let mixed = SigningKey {
        public: whole[1].public.clone(),
        ..whole[0].clone()
    };
    assert_eq!(fails(&[mixed]), KeyError::Damaged(whole[0].kid.clone()));
    let cut = SigningKey {
        pkcs8: whole[0].pkcs8[..40].to_vec().into(),
        ..whole[0].clone()
    };
    assert_eq!(fails(&[whole[1].clone(), cut]), KeyError::Damaged(whole[0].kid.clone()));
    let shown = format!("{:?} {:?}", whole[0], keys(&whole));
    assert!(shown.contains(&whole[0].kid) && !shown.contains("pkcs8"), "{shown}");
}

#[test]
fn the_thumbprint_is_the_one_of_rfc_8037() {
    // RFC 8037 appendix A.2 and A.3.
    let public = URL_SAFE_NO_PAD
        .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        .unwrap();
    assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}
