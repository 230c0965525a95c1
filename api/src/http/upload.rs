//! `/uploads/{id}`: the bytes of evidence, by the protocol tus 1.0 (<https://tus.io/protocols/resumable-upload>), its core
//! and the extension `expiration`. A file is made by the mutation `beginUpload`, so there is no `creation`.
//!
//! A body is stored while it comes, in pieces of at most a megabyte. When the line breaks, what has come stays, and HEAD
//! tells the phone from where to go on. Nothing is believed of what is sent but its place.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use entity::id::EvidenceId;
use entity::scope::Scope;
use entity::vocabulary::EvidenceState;
use futures_util::StreamExt as _;
use hyper::body::Bytes;
use tracing::Instrument as _;

use super::graphql::Endpoint;
use super::{auth, failure, info};
use crate::access::Permission;
use crate::access::context::scope_of;
use crate::app::App;
use crate::error::{Error, Result};
use crate::evidence::{Standing, Taken, standing, take};
use crate::global_id::{NodeKind, decode_as};
use crate::request::RequestInfo;

const VERSION: &str = "1.0.0";
pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// What a body is declared as.
const PIECES: &str = "application/offset+octet-stream";
/// The most bytes that are held before they are stored.
const PIECE: usize = 1024 * 1024;
/// The longest pause within a body; what has come by then is stored.
const PAUSE: Duration = Duration::from_secs(20);
/// The longest time of a body: ten megabytes at 35 kB/s.
const LONGEST: Duration = Duration::from_mins(5);

/// Answers everything about the bytes of one file.
pub(super) async fn upload(State(endpoint): State<Endpoint>, Path(id): Path<String>, request: Request) -> Response {
    let method = method_of(&request);
    let mut response = match method {
        Some(Method::OPTIONS) => capabilities(endpoint.app()),
        _ if request
            .headers()
            .get(&TUS_RESUMABLE)
            .is_none_or(|version| version != VERSION) =>
        {
            with_versions(empty(StatusCode::PRECONDITION_FAILED))
        }
        Some(Method::HEAD | Method::PATCH) => {
            // goes on to its end though the phone goes away: what has come of a body is stored
            let span = tracing::info_span!("upload", otel.name = "upload");
            let work = tokio::spawn(answer(endpoint, id, method == Some(Method::HEAD), request).instrument(span));
            work.await.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
        }
        _ => {
            let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
            let methods = HeaderValue::from_static("HEAD, PATCH, OPTIONS");
            response.headers_mut().insert(ALLOW, methods);
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The method, which a client behind a proxy that knows only some may say in a header; none for one nobody knows.
fn method_of(request: &Request) -> Option<Method> {
    match request.headers().get("x-http-method-override") {
        None => Some(request.method().clone()),
        Some(name) => Method::from_bytes(name.as_bytes()).ok(),
    }
}

fn capabilities(app: &App) -> Response {
    let mut response = with_versions(empty(StatusCode::NO_CONTENT));
    let headers = response.headers_mut();
    headers.insert(TUS_EXTENSION, HeaderValue::from_static("expiration"));
    headers.insert(TUS_MAX_SIZE, HeaderValue::from(app.config.uploads.max_bytes));
    response
}

fn with_versions(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(TUS_VERSION, HeaderValue::from_static(VERSION));
    response
}

async fn answer(endpoint: Endpoint, id: String, head: bool, request: Request) -> Response {
    let app = endpoint.app();
    let info = info::of(app, &request);
    let answered = async {
        let (scope, id) = reached(app, &info, &id, request.headers()).await?;
        if head {
            told(&standing(app, &scope, id).await?, scope.now())
        } else {
            received(app, &scope, id, request).await
        }
    };
    match answered.await {
        Ok(response) => response,
        Err(error) => failure::response(&error, &info),
    }
}

/// As far as the viewer reaches, and the file.
async fn reached(app: &App, info: &RequestInfo, id: &str, headers: &HeaderMap) -> Result<(Scope, EvidenceId)> {
    let viewer = auth::viewer(app, info, headers).await?;
    let (tenant, id) = decode_as(NodeKind::Evidence, &id.to_owned().into(), "id")?;
    let scope = scope_of(app, info, viewer.signed_in()?, Permission::EvidenceWrite, tenant)?;
    Ok((scope, id))
}

/// How far the file has come. One that was refused, or was waited for too long, is gone; GraphQL tells why.
fn told(standing: &Standing, now: DateTime<Utc>) -> Result<Response> {
    let status = match standing.state {
        EvidenceState::Refused | EvidenceState::Removed => StatusCode::GONE,
        EvidenceState::WaitingForBytes if standing.expires_at <= now => StatusCode::GONE,
        EvidenceState::WaitingForBytes | EvidenceState::Received | EvidenceState::Checked => StatusCode::OK,
    };
    with_standing(empty(status), standing)
}

fn with_standing(mut response: Response, standing: &Standing) -> Result<Response> {
    let headers = response.headers_mut();
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(standing.offset));
    headers.insert(UPLOAD_LENGTH, HeaderValue::from(standing.length));
    if standing.state == EvidenceState::WaitingForBytes {
        let value = HeaderValue::from_str(&http_date(standing.expires_at));
        headers.insert(
            UPLOAD_EXPIRES,
            value.map_err(|error| Error::Internal(error.to_string()))?,
        );
    }
    Ok(response)
}

/// As HTTP writes times (RFC 9110 section 5.6.7).
fn http_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Takes the bytes of a body, piece by piece.
async fn received(app: &App, scope: &Scope, id: EvidenceId, request: Request) -> Result<Response> {
    if request.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != PIECES) {
        return Ok(empty(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let Some(mut offset) = offset_of(request.headers()) else {
        return Ok(empty(StatusCode::BAD_REQUEST));
    };
    let mut now = standing(app, scope, id).await?;
    if offset != now.offset {
        return with_standing(empty(StatusCode::CONFLICT), &now);
    }
    let _turn = app.evidence.turn(scope.actor().account)?;
    let mut body = Pieces::of(request.into_body());
    while let Some(piece) = body.next().await {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        match take(app, scope, id, offset, piece).await? {
            Taken::Next(standing) => {
                now = standing;
                offset = offset.saturating_add(length);
            }
            Taken::NotNext(standing) => return with_standing(empty(StatusCode::CONFLICT), &standing),
            Taken::TooMuch(standing) => return with_standing(empty(StatusCode::PAYLOAD_TOO_LARGE), &standing),
        }
    }
    with_standing(empty(StatusCode::NO_CONTENT), &now)
}

fn offset_of(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(&UPLOAD_OFFSET)?.to_str().ok()?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body cut into pieces. It ends where the body ends, where the line breaks, and where nothing comes for too long: what
/// has come till then is its last piece.
struct Pieces {
    body: BodyDataStream,
    /// What came beyond the last piece.
    over: Option<Bytes>,
    ends: tokio::time::Instant,
    ended: bool,
}

impl Pieces {
    fn of(body: Body) -> Self {
        Self {
            body: body.into_data_stream(),
            over: None,
            ends: tokio::time::Instant::now() + LONGEST,
            ended: false,
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        let mut piece = Vec::new();
        while piece.len() < PIECE && !self.ended {
            let mut come = match self.over.take() {
                Some(over) => over,
                None => match self.frame().await {
                    Some(come) => come,
                    None => break,
                },
            };
            let room = PIECE - piece.len();
            if come.len() > room {
                self.over = Some(come.split_off(room));
            }
            piece.extend_from_slice(&come);
        }
        (!piece.is_empty()).then(|| piece.into())
    }

    async fn frame(&mut self) -> Option<Bytes> {
        let pause = tokio::time::Instant::now() + PAUSE;
        let frame = tokio::time::timeout_at(pause.min(self.ends), self.body.next()).await;
        let come = frame.ok().flatten().and_then(std::result::Result::ok);
        self.ended = come.is_none();
        come
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_cut_into_pieces_and_nothing_is_lost() {
        let bytes: Vec<u8> = (0..2 * PIECE + 7).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut pieces = Pieces::of(Body::from(bytes.clone()));
        let mut sizes = Vec::new();
        let mut whole = Vec::new();
        while let Some(piece) = pieces.next().await {
            sizes.push(piece.len());
            whole.extend_from_slice(&piece);
        }
        assert_eq!(sizes, [PIECE, PIECE, 7]);
        assert!(whole == bytes);
        assert!(Pieces::of(Body::empty()).next().await.is_none());
    }

    #[tokio::test]
    async fn what_has_come_of_a_broken_body_is_its_last_piece() {
        let frames = [Ok("here"), Err(std::io::Error::other("the line broke"))];
        let mut pieces = Pieces::of(Body::from_stream(futures_util::stream::iter(frames)));
        assert_eq!(pieces.next().await.as_deref(), Some(&b"here"[..]));
        assert!(pieces.next().await.is_none());
    }

    #[test]
    fn an_offset_is_a_plain_number() {
        let of =
            |text: &'static str| offset_of(&HeaderMap::from_iter([(UPLOAD_OFFSET, HeaderValue::from_static(text))]));
        assert_eq!((of("0"), of("10485760")), (Some(0), Some(10_485_760)));
        for wrong in ["", "-1", "+1", "1.0", "0x1", "99999999999999999999999"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert_eq!(offset_of(&HeaderMap::new()), None);
    }

    #[test]
    fn a_moment_is_written_as_http_writes_it() {
        let moment = DateTime::from_timestamp(784_111_777, 0).unwrap();
        assert_eq!(http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
