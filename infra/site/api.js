// The API sees its own name as the host that was asked for. It is told the one that the browser asked for; what a browser
// says itself under this name is overwritten.
function handler(event) {
  var request = event.request;
  request.headers['x-tk-host'] = { value: request.headers.host.value };
  return request;
}
