// The API sees its own name as the host that was asked for, and CloudFront's address as the client's. It is told those of
// the browser; what a browser says itself under these names is overwritten.
function handler(event) {
  var request = event.request;
  request.headers['x-tk-host'] = { value: request.headers.host.value };
  request.headers['x-tk-address'] = { value: event.viewer.ip };
  return request;
}
