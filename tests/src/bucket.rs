//! A bucket of S3 on this machine: it keeps objects in memory, and takes no request whose signature (AWS Signature
//! Version 4) it cannot work out itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::{digest, hmac};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const ACCESS_KEY: &str = "AKKHUYENHOC";
const SECRET_KEY: &str = "khoa-bi-mat-cua-kho-minh-chung";
const REGION: &str = "vn-hanoi-1";
const BUCKET: &str = "minh-chung";
const WHEN: &str = "Tue, 10 Mar 2026 02:00:00 GMT";

#[derive(Clone, Default)]
struct Shelf {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    refused: Arc<Mutex<Vec<String>>>,
    is_away: Arc<AtomicBool>,
}

/// The bucket; it stops when dropped.
pub struct Bucket {
    shelf: Shelf,
    url: String,
    serving: JoinHandle<()>,
}

impl Bucket {
    /// Listens on a free port of this machine.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shelf = Shelf::default();
        let router = Router::new().fallback(answer).with_state(shelf.clone());
        Self {
            shelf,
            url,
            serving: tokio::spawn(async move { drop(axum::serve(listener, router).await) }),
        }
    }

    /// The settings of a server that keeps its uploads here.
    pub fn settings(&self) -> [(&'static str, String); 5] {
        [
            ("KHUYENHOC_UPLOADS", format!("s3://{BUCKET}/hoi")),
            ("KHUYENHOC_UPLOADS_S3_ENDPOINT", self.url.clone()),
            ("KHUYENHOC_UPLOADS_S3_REGION", REGION.to_owned()),
            ("KHUYENHOC_UPLOADS_S3_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("KHUYENHOC_UPLOADS_S3_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ]
    }

    /// The names of what is kept.
    pub fn names(&self) -> Vec<String> {
        let objects = self.shelf.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.keys().cloned().collect()
    }

    /// From now on every request is answered 503.
    pub fn break_down(&self) {
        self.shelf.is_away.store(true, Ordering::Relaxed);
    }

    /// Requests that were refused, and why.
    pub fn refused(&self) -> Vec<String> {
        let refused = self.shelf.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.clone()
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(shelf): State<Shelf>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    let refused = |cause: &str| {
        let line = format!("{} {}: {cause}", parts.method, parts.uri);
        shelf.refused.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    };
    if shelf.is_away.load(Ordering::Relaxed) {
        refused("away");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let Err(cause) = verified(&parts, &bytes) {
        refused(&cause);
        return (
            StatusCode::FORBIDDEN,
            "<Error><Code>SignatureDoesNotMatch</Code></Error>",
        )
            .into_response();
    }
    let path = parts.uri.path();
    let Some(name) = path.strip_prefix(&format!("/{BUCKET}")) else {
        return missing();
    };
    let name = name.trim_start_matches('/').to_owned();
    let mut objects = shelf.objects.lock().unwrap_or_else(PoisonError::into_inner);
    match parts.method {
        Method::PUT => {
            objects.insert(name, bytes);
            ([("etag", "\"1\"")], "").into_response()
        }
        Method::GET if name.is_empty() => list(&objects, parts.uri.query().unwrap_or_default()).into_response(),
        Method::GET | Method::HEAD => match objects.get(&name) {
            Some(kept) => {
                let body = if parts.method == Method::GET {
                    kept.clone()
                } else {
                    Vec::new()
                };
                let headers = [
                    ("content-length", kept.len().to_string()),
                    ("etag", "\"1\"".to_owned()),
                    ("last-modified", WHEN.to_owned()),
                ];
                (headers, Body::from(body)).into_response()
            }
            None => missing(),
        },
        Method::DELETE => {
            objects.remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response()
}

/// `ListObjectsV2`.
fn list(objects: &BTreeMap<String, Vec<u8>>, query: &str) -> String {
    let given = |name: &str| {
        let pair = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pair.filter(|(key, _)| *key == name).map(|(_, value)| decoded(value));
        found.next()
    };
    let prefix = given("prefix").unwrap_or_default();
    let mut folders = std::collections::BTreeSet::new();
    let mut found = String::new();
    for (name, kept) in objects.iter().filter(|(name, _)| name.starts_with(&prefix)) {
        let rest = name.get(prefix.len()..).unwrap_or_default();
        if given("delimiter").is_some()
            && let Some((folder, _)) = rest.split_once('/')
        {
            folders.insert(format!("{prefix}{folder}/"));
            continue;
        }
        let size = kept.len();
        write!(
            found,
            "<Contents><Key>{name}</Key><Size>{size}</Size><ETag>\"1\"</ETag>\
             <LastModified>2026-03-10T02:00:00.000Z</LastModified></Contents>"
        )
        .expect("text");
    }
    for folder in folders {
        write!(found, "<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>").expect("text");
    }
    format!("<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")
}

fn decoded(text: &str) -> String {
    text.replace("%2F", "/").replace("%2f", "/")
}

/// Works the signature out anew from what was sent.
fn verified(parts: &Parts, bytes: &[u8]) -> Result<(), String> {
    let text = header(&parts.headers, "authorization")?;
    let rest = text.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("another way of signing")?;
    let field = |name: &str| {
        let mut fields = rest.split(',').filter_map(|field| field.trim().split_once('='));
        fields
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .ok_or(format!("no {name}"))
    };
    let (credential, signed, given) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let moment = header(&parts.headers, "x-amz-date")?;
    let day = moment.get(..8).ok_or("no day")?;
    let place = format!("{day}/{REGION}/s3/aws4_request");
    if credential != format!("{ACCESS_KEY}/{place}") {
        return Err(format!("signed as {credential}"));
    }
    let hash = header(&parts.headers, "x-amz-content-sha256")?;
    if hash != hex(digest::digest(&digest::SHA256, bytes).as_ref()) {
        return Err(format!("the body is not {hash}"));
    }
    for needed in ["host", "x-amz-content-sha256", "x-amz-date"] {
        if !signed.split(';').any(|name| name == needed) {
            return Err(format!("{needed} is not signed"));
        }
    }
    let mut headers = String::new();
    for name in signed.split(';') {
        writeln!(headers, "{name}:{}", header(&parts.headers, name)?.trim()).expect("text");
    }
    let mut query: Vec<&str> = parts.uri.query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let query = query.join("&");
    let asked = format!(
        "{}\n{}\n{query}\n{headers}\n{signed}\n{hash}",
        parts.method,
        parts.uri.path()
    );
    let asked = hex(digest::digest(&digest::SHA256, asked.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{moment}\n{place}\n{asked}");
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for part in [day, REGION, "s3", "aws4_request"] {
        key = sign(&key, part);
    }
    if hex(&sign(&key, &to_sign)) == given {
        Ok(())
    } else {
        Err("the signature is another one".to_owned())
    }
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, String> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.ok_or_else(|| format!("no header {name}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("text");
        digits
    })
}
