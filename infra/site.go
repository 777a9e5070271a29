package main

import (
	_ "embed"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"

	"github.com/tierkeep/tierkeep/frontend"
)

//go:embed site/portal.js
var portalCode string

//go:embed site/api.js
var apiCode string

// originHeader carries the key by which the API knows CloudFront; shared/web/lambdahttp reads it.
const originHeader = "x-tk-origin"

// apiPaths is what CloudFront hands to the API. Everything else is the portal's.
var apiPaths = []string{"/v1*", "/agent/v1*", "/hooks*", "/brand*", "/download*", "/forms*"}

// cachedPaths is those of them that may be kept for as long as the reply says, one copy for each host.
var cachedPaths = []string{"/brand*", "/download*"}

// refusals is the statuses that CloudFront keeps, or may be told to keep, whatever a behaviour says of caching.
var refusals = []int{400, 403, 404, 405, 414, 500, 501, 502, 503, 504}

// addSite makes what people's browsers talk to: one host for the portal's files and the API, so that no browser asks another
// origin for permission.
func (s *stack) addSite() {
	s.siteFiles = awss3.NewBucket(s.Stack, str("Site"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), Encryption: awss3.BucketEncryption_S3_MANAGED, EnforceSSL: yes(true),
		MinimumTLSVersion: num(1.2), ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED, RemovalPolicy: s.removal(),
	})
	s.siteLogs = awss3.NewBucket(s.Stack, str("SiteLogs"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), Encryption: awss3.BucketEncryption_S3_MANAGED, EnforceSSL: yes(true),
		MinimumTLSVersion: num(1.2), ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_PREFERRED, // CloudFront writes by access list
		LifecycleRules: &[]*awss3.LifecycleRule{{Expiration: awscdk.Duration_Days(num(90))}}, RemovalPolicy: s.removal(),
	})
	awscdk.Annotations_Of(s.Stack).AcknowledgeWarning(str("@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk"),
		str("the address of a list is one that the function at the edge rewrites to the page"))
	props := &awscloudfront.DistributionProps{
		Comment:             str(s.names.stack() + ", origin key of " + s.stage.OriginKeyOf),
		DefaultRootObject:   str("index.html"),
		DefaultBehavior:     s.portalBehaviour(),
		AdditionalBehaviors: s.apiBehaviours(),
		ErrorResponses:      notKept(),
		EnableLogging:       yes(true), LogBucket: s.siteLogs, LogIncludesCookies: yes(false),
		HttpVersion: awscloudfront.HttpVersion_HTTP2_AND_3, PriceClass: awscloudfront.PriceClass_PRICE_CLASS_100,
	}
	if s.stage.Portal != "" {
		props.DomainNames = list(s.stage.Portal, "*."+s.stage.Portal)
		props.Certificate = awscertificatemanager.Certificate_FromCertificateArn(s.Stack, str("Certificate"), str(s.stage.Certificate))
		props.MinimumProtocolVersion = awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021
	}
	s.distribution = awscloudfront.NewDistribution(s.Stack, str("Content"), props)
}

// notKept lets CloudFront keep no refusal. It would for ten seconds, for everybody who asks for the same address: what does not
// exist for one caller may be another's.
func notKept() *[]*awscloudfront.ErrorResponse {
	var all []*awscloudfront.ErrorResponse
	for _, status := range refusals {
		all = append(all, &awscloudfront.ErrorResponse{HttpStatus: num(status), Ttl: awscdk.Duration_Seconds(num(0))})
	}
	return &all
}

// portal is the portal's address as people know it.
func (s *stack) portal() *string {
	if s.stage.Portal != "" {
		return str("https://" + s.stage.Portal)
	}
	return awscdk.Fn_Sub(str("https://${Host}"), &map[string]*string{"Host": s.distribution.DistributionDomainName()})
}

func (s *stack) portalBehaviour() *awscloudfront.BehaviorOptions {
	headers := awscloudfront.NewResponseHeadersPolicy(s.Stack, str("PortalHeaders"), &awscloudfront.ResponseHeadersPolicyProps{
		ResponseHeadersPolicyName: str(s.names.prefix() + "portal"),
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentSecurityPolicy:   &awscloudfront.ResponseHeadersContentSecurityPolicy{ContentSecurityPolicy: str(frontend.Policy), Override: yes(true)},
			ContentTypeOptions:      &awscloudfront.ResponseHeadersContentTypeOptions{Override: yes(true)},
			ReferrerPolicy:          &awscloudfront.ResponseHeadersReferrerPolicy{ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_SAME_ORIGIN, Override: yes(true)},
			StrictTransportSecurity: httpsOnly(),
		},
		CustomHeadersBehavior: &awscloudfront.ResponseCustomHeadersBehavior{CustomHeaders: otherHeaders()},
	})
	return &awscloudfront.BehaviorOptions{
		// Listing makes a missing file a 404; nobody can list, because the address of a list is one that the function rewrites.
		Origin: awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(s.siteFiles, &awscloudfrontorigins.S3BucketOriginWithOACProps{
			OriginAccessLevels: &[]awscloudfront.AccessLevel{awscloudfront.AccessLevel_READ, awscloudfront.AccessLevel_LIST},
		}),
		ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
		AllowedMethods:        awscloudfront.AllowedMethods_ALLOW_GET_HEAD(),
		CachePolicy:           awscloudfront.CachePolicy_CACHING_OPTIMIZED(),
		Compress:              yes(true),
		ResponseHeadersPolicy: headers,
		FunctionAssociations:  s.atTheEdge("PortalPages", "portal-pages", portalCode),
	}
}

func (s *stack) apiBehaviours() *map[string]*awscloudfront.BehaviorOptions {
	headers := awscloudfront.NewResponseHeadersPolicy(s.Stack, str("ApiHeaders"), &awscloudfront.ResponseHeadersPolicyProps{
		ResponseHeadersPolicyName: str(s.names.prefix() + "api"),
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			ContentTypeOptions:      &awscloudfront.ResponseHeadersContentTypeOptions{Override: yes(true)},
			StrictTransportSecurity: httpsOnly(),
		},
	})
	perHost := awscloudfront.NewCachePolicy(s.Stack, str("PerHost"), &awscloudfront.CachePolicyProps{
		CachePolicyName: str(s.names.prefix() + "per-host"), Comment: str("As long as the reply says, one copy for each host"),
		MinTtl: awscdk.Duration_Seconds(num(0)), DefaultTtl: awscdk.Duration_Seconds(num(0)), MaxTtl: awscdk.Duration_Days(num(1)),
		HeaderBehavior:             awscloudfront.CacheHeaderBehavior_AllowList(str("x-tk-host")),
		QueryStringBehavior:        awscloudfront.CacheQueryStringBehavior_All(),
		CookieBehavior:             awscloudfront.CacheCookieBehavior_None(),
		EnableAcceptEncodingBrotli: yes(true), EnableAcceptEncodingGzip: yes(true),
	})
	origin := awscloudfrontorigins.NewHttpOrigin(
		awscdk.Fn_Sub(str("${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"), &map[string]*string{"Api": s.http.ApiId()}),
		&awscloudfrontorigins.HttpOriginProps{
			ProtocolPolicy: awscloudfront.OriginProtocolPolicy_HTTPS_ONLY,
			CustomHeaders:  &map[string]*string{originHeader: s.originKey.SecretValue().UnsafeUnwrap()},
		})
	function := s.atTheEdge("ApiHosts", "api-hosts", apiCode)
	all := map[string]*awscloudfront.BehaviorOptions{}
	for _, path := range apiPaths {
		b := &awscloudfront.BehaviorOptions{
			Origin:                origin,
			ViewerProtocolPolicy:  awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY, // a redirect would show that a secret went in the clear
			AllowedMethods:        awscloudfront.AllowedMethods_ALLOW_ALL(),
			CachePolicy:           awscloudfront.CachePolicy_CACHING_DISABLED(),
			OriginRequestPolicy:   awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(),
			ResponseHeadersPolicy: headers,
			FunctionAssociations:  function,
		}
		if slices.Contains(cachedPaths, path) {
			b.AllowedMethods, b.CachePolicy, b.Compress = awscloudfront.AllowedMethods_ALLOW_GET_HEAD(), perHost, yes(true)
		}
		all[path] = b
	}
	return &all
}

// atTheEdge lets a function look at each request before CloudFront does.
func (s *stack) atTheEdge(id, name, code string) *[]*awscloudfront.FunctionAssociation {
	f := awscloudfront.NewFunction(s.Stack, str(id), &awscloudfront.FunctionProps{
		FunctionName: str(s.names.prefix() + name), Code: awscloudfront.FunctionCode_FromInline(str(code)),
		Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
	})
	return &[]*awscloudfront.FunctionAssociation{{Function: f, EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST}}
}

// httpsOnly tells browsers never to come without TLS again. Hosts below are left alone: they may not be ours.
func httpsOnly() *awscloudfront.ResponseHeadersStrictTransportSecurity {
	return &awscloudfront.ResponseHeadersStrictTransportSecurity{AccessControlMaxAge: awscdk.Duration_Days(num(730)), Override: yes(true)}
}

// otherHeaders is what the local portal sends too and CloudFront has no words of its own for.
func otherHeaders() *[]*awscloudfront.ResponseCustomHeader {
	var all []*awscloudfront.ResponseCustomHeader
	for _, name := range slices.Sorted(maps.Keys(frontend.Headers)) {
		all = append(all, &awscloudfront.ResponseCustomHeader{Header: str(name), Value: str(frontend.Headers[name]), Override: yes(true)})
	}
	return &all
}
