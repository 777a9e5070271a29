// The portal's own router knows its pages: every address that names no file is answered with the one page.
function handler(event) {
  var request = event.request;
  if (request.uri.startsWith('/assets/')) {
    return request;
  }
  var last = request.uri.substring(request.uri.lastIndexOf('/') + 1);
  if (last.indexOf('.') === -1) {
    request.uri = '/index.html';
  }
  return request;
}
