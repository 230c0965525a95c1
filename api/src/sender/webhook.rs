//! The adaptor of a gateway, for messages to telephones and for those to devices (`crate::push`): a signed POST, as <https://www.standardwebhooks.com> describes it.
//!
//! `webhook-id`, `webhook-timestamp` and `webhook-signature` are over the exact body, so the adaptor knows who sends,
//! that it is fresh, and that it has had it already. One connection for each try, closed after it; redirects are not
//! followed, and of the answer only the status is read.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{BoxFuture, FutureExt};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use url::{Host, Url};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::address::Place;
use super::{Authorities, Message, SendError, Sender};
use crate::config::Adaptor;

/// How often a message is offered, with a pause between.
const TRIES: u32 = 3;
/// How long one try may take: all of them end well within the time of a request.
const TRY_TIME: Duration = Duration::from_millis(2_500);
/// The pause before the next try.
const PAUSE: Duration = Duration::from_millis(250);
/// Status and headers of an answer are not longer than this.
const ANSWER_BYTES: usize = 16 * 1024;
/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// The least bytes of a secret.
const LEAST_BYTES: usize = 32;

/// The secret shared with the adaptor: `whsec_` and the base64 of at least 32 bytes.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// Reads a secret; none when it is too short or not of this form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?);
        (bytes.len() >= LEAST_BYTES).then_some(Self(bytes))
    }
}

/// Whether messages may be sent there: `https`, or `http` to this machine itself; no user, password or fragment.
pub fn is_webhook_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    plain && url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)))
}

/// Whether the URL has an address of this machine in it; a name does not count.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        _ => false,
    }
}

/// Whether the URL has a private address in it, to which nothing is sent without leave. What a name leads to is seen
/// when a message is sent.
pub fn needs_leave(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        _ => return false,
    };
    !address.is_loopback() && !Place::Public.allows(address)
}

/// The adaptor of a gateway.
pub struct Webhook {
    which: &'static str,
    url: Url,
    place: Place,
    key: hmac::Key,
    tls: TlsConnector,
}

/// What came of one try.
pub enum Try {
    /// The adaptor has taken it.
    Sent,
    /// It may work a moment later; why it did not.
    Later(String),
    /// It will not; why.
    Never(String),
    /// The adaptor says that there is nobody there any more (status 410).
    Gone,
}

/// What is posted: its identity, now in seconds since 1970, and the body.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// The same for every try.
    pub id: Uuid,
    /// The time of this try.
    pub now: i64,
    /// The body.
    pub body: &'a Bytes,
}

impl Webhook {
    /// None when URL or secret is none; the configuration has looked already.
    pub fn of(adaptor: &Adaptor) -> Option<Self> {
        let url = Url::parse(adaptor.url.as_ref()?.expose_secret()).ok()?;
        let secret = WebhookSecret::parse(adaptor.secret.as_ref()?.expose_secret())?;
        let trusted = adaptor.ca_file.clone().unwrap_or_else(Authorities::public);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(trusted.roots())
            .with_no_client_auth();
        let place = if adaptor.private {
            Place::Anywhere
        } else if is_this_machine(&url) {
            Place::ThisMachine
        } else {
            Place::Public
        };
        Some(Self {
            which: adaptor.which,
            url,
            place,
            key: hmac::Key::new(hmac::HMAC_SHA256, &secret.0),
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Posts it once, within a few seconds.
    pub async fn offer(&self, envelope: Envelope<'_>) -> Try {
        match tokio::time::timeout(TRY_TIME, self.post(envelope)).await {
            Err(_) => Try::Later("no answer in time".to_owned()),
            Ok(Err(cause)) => Try::Later(cause),
            Ok(Ok(status)) if status.is_success() => Try::Sent,
            Ok(Ok(StatusCode::GONE)) => Try::Gone,
            Ok(Ok(status)) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Try::Later(format!("status {}", status.as_u16()))
            }
            Ok(Ok(status)) => Try::Never(format!("status {}", status.as_u16())),
        }
    }

    async fn post(&self, envelope: Envelope<'_>) -> Result<StatusCode, String> {
        let request = self.request(envelope).map_err(|error| error.to_string())?;
        let (host, port) = self.host().ok_or("the URL has no host")?;
        let stream = self.connect(&host, port).await?;
        if self.url.scheme() == "https" {
            let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
            let stream = self.tls.connect(name, stream).await;
            exchange(stream.map_err(|error| error.to_string())?, request).await
        } else {
            exchange(stream, request).await
        }
    }

    /// Connects to one of the host's addresses that messages may go to.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let found = lookup_host((host, port)).await.map_err(|error| error.to_string())?;
        let allowed: Vec<SocketAddr> = found.filter(|address| self.place.allows(address.ip())).collect();
        if allowed.is_empty() {
            let which = self.which;
            return Err(format!(
                "the adaptor's address is a private one; see {which}_webhook_private"
            ));
        }
        TcpStream::connect(allowed.as_slice())
            .await
            .map_err(|error| error.to_string())
    }

    /// Host without brackets, and port.
    fn host(&self) -> Option<(String, u16)> {
        let host = match self.url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Some((host, self.url.port_or_known_default()?))
    }

    fn request(&self, envelope: Envelope<'_>) -> hyper::http::Result<Request<Full<Bytes>>> {
        let Envelope { id, now, body } = envelope;
        let mut signed = format!("{id}.{now}.").into_bytes();
        signed.extend_from_slice(body);
        let signature = STANDARD.encode(hmac::sign(&self.key, &signed));
        let host = self.url.host_str().unwrap_or_default();
        let authority = match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let path = match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        };
        Request::post(path)
            .header(HOST, authority)
            .header(USER_AGENT, "khuyenhoc")
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", now.to_string())
            .header("webhook-signature", format!("v1,{signature}"))
            .body(Full::new(body.clone()))
    }
}

/// One request over one connection.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(ANSWER_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(sender.send_request(request));
    // both belong to this call: when it is given up, the connection is closed
    let answer = tokio::select! {
        answer = &mut answer => answer,
        ended = &mut connection => match ended {
            Ok(()) => answer.await,
            Err(error) => Err(error),
        },
    };
    answer.map(|answer| answer.status()).map_err(|error| error.to_string())
}

impl Sender for Webhook {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), SendError>> {
        async move {
            let body = json!({
                "type": "phone_code",
                "id": message.id,
                "to": message.to.as_str(),
                "code": message.code,
                "text": message.text(),
                "language": match message.language {
                    entity::value::Language::Vi => "vi",
                    entity::value::Language::En => "en",
                },
                "expiresInSeconds": message.expires_in,
            });
            let body = Bytes::from(body.to_string());
            let envelope = Envelope {
                id: message.id,
                now: message.now,
                body: &body,
            };
            let mut left = TRIES;
            loop {
                left -= 1;
                match self.offer(envelope).await {
                    Try::Sent => return Ok(()),
                    Try::Later(cause) if left > 0 => {
                        tracing::warn!(%cause, "a message did not go out; once more");
                        tokio::time::sleep(PAUSE).await;
                    }
                    Try::Later(cause) | Try::Never(cause) => return Err(SendError(cause)),
                    Try::Gone => return Err(SendError("status 410".to_owned())),
                }
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_leave_the_machine_only_encrypted() {
        for url in [
            "https://sms.example.vn/send?x=1",
            "http://127.0.0.1:9000/",
            "http://[::1]:9000/x",
        ] {
            assert!(is_webhook_url(url), "{url}");
        }
        for url in [
            "http://sms.example.vn/",
            "http://localhost/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
            "https://user:secret@sms.example.vn/",
            "https://sms.example.vn/#x",
            "sms",
        ] {
            assert!(!is_webhook_url(url), "{url}");
        }
    }

    #[test]
    fn a_private_address_needs_leave() {
        for url in ["https://10.0.0.5/", "https://[fd00::1]:8443/x"] {
            assert!(needs_leave(url), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://8.8.8.8/",
            "https://sms.example.vn/",
        ] {
            assert!(!needs_leave(url), "{url}");
        }
    }

    #[test]
    fn short_secrets_are_refused() {
        let secret = |bytes: usize| format!("{PREFIX}{}", STANDARD.encode(vec![7; bytes]));
        assert!(WebhookSecret::parse(&secret(32)).is_some());
        for wrong in [secret(31), STANDARD.encode([7; 32]), "changeme".to_owned()] {
            assert!(WebhookSecret::parse(&wrong).is_none(), "{wrong}");
        }
    }
}
