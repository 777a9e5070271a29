// The API sees the name of API Gateway as its host, and CloudFront as the caller. It is told both as the browser has them;
// what a browser says itself under these names is overwritten.
function handler(event) {
  var request = event.request;
  request.headers['x-tk-host'] = { value: request.headers.host.value };
  request.headers['x-tk-address'] = { value: event.viewer.ip };
  return request;
}
