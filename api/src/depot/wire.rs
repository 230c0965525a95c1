//! How requests to S3 go out: hyper's client on the TLS of the house, one request a connection, as messages do
//! (`sender`). The crate's own way would bring a second HTTP client with all its parts.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::{PathAndQuery, Scheme, Uri};
use hyper_util::rt::TokioIo;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long sending a request may take, to the first word of its answer.
const ANSWERING: Duration = Duration::from_secs(60);

/// Sends requests.
#[derive(Clone)]
pub(super) struct Wire(TlsConnector);

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// With the authorities that browsers trust; none where TLS does not work at all.
    pub(super) fn new() -> Option<Self> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Some(Self(TlsConnector::from(Arc::new(config))))
    }

    async fn send(self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (host, authority, encrypted) = place(request.uri())?;
        let port = request.uri().port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        // what is signed is the authority, and HTTP/1 asks for the path alone
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        request.headers_mut().entry(HOST).or_insert(authority);
        let stream = within(CONNECTING, TcpStream::connect((host.as_str(), port))).await?;
        if encrypted {
            let name = ServerName::try_from(host).map_err(|error| HttpError::new(HttpErrorKind::Connect, error))?;
            let stream = within(CONNECTING, self.0.connect(name, stream)).await?;
            exchange(stream, request).await
        } else {
            exchange(stream, request).await
        }
    }
}

/// Host, the same as a header says it, and whether it is reached by TLS.
fn place(uri: &Uri) -> Result<(String, HeaderValue, bool), HttpError> {
    let wrong = || {
        HttpError::new(
            HttpErrorKind::Unknown,
            std::io::Error::other("an address without a host"),
        )
    };
    let authority = uri.authority().ok_or_else(wrong)?;
    let header = HeaderValue::from_str(authority.as_str()).map_err(|_| wrong())?;
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    Ok((host, header, uri.scheme() != Some(&Scheme::HTTP)))
}

async fn within<T>(time: Duration, work: impl Future<Output = std::io::Result<T>>) -> Result<T, HttpError> {
    let done = tokio::time::timeout(time, work).await;
    let done = done.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?;
    done.map_err(|error| HttpError::new(HttpErrorKind::Connect, error))
}

/// One request over one connection, which ends with the body of the answer.
async fn exchange<S>(stream: S, request: HttpRequest) -> Result<HttpResponse, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request_error = |error| HttpError::new(HttpErrorKind::Request, error);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(request_error)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the store of uploads ended early");
        }
    });
    let answer = tokio::time::timeout(ANSWERING, sender.send_request(request)).await;
    let answer = answer.map_err(|late| HttpError::new(HttpErrorKind::Timeout, late))?;
    let broken = |error| HttpError::new(HttpErrorKind::Interrupted, error);
    Ok(answer
        .map_err(broken)?
        .map(|body| HttpResponseBody::new(body.map_err(broken))))
}

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Wire {
    // what the trait's `async fn` is once its macro is gone
    fn call<'life0, 'async_trait>(
        &'life0 self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.clone().send(request))
    }
}
