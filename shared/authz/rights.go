package authz

import (
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Permission is one thing that may be done, "object:verb".
type Permission string

// The permissions that exist. A service method that needs a new one begins by adding it to the tables below.
const (
	TenantsRead        Permission = "tenants:read"
	TenantsManage      Permission = "tenants:manage"
	TenantsCreateBelow Permission = "tenants:create_below"
	TenantsSuspend     Permission = "tenants:suspend"
	GrantsChange       Permission = "grants:change"
	VariantChange      Permission = "variant:change"
	BrandManage        Permission = "brand:manage"
	ActBelow           Permission = "act_below"
	UsersRead          Permission = "users:read"
	UsersManage        Permission = "users:manage"
	APIKeysManage      Permission = "apikeys:manage"
	ProfileManage      Permission = "profile:manage" // one's own name, language, password and sessions
	CustomersRead      Permission = "customers:read"
	CustomersManage    Permission = "customers:manage"
	AnonymousCustomers Permission = "customers:anonymous"
	HideIdentities     Permission = "tenants:hide_identities"
	WithdrawActing     Permission = "tenants:withdraw_acting"
	AccountsRead       Permission = "accounts:read"
	AccountsCreate     Permission = "accounts:create"
	AccountsChange     Permission = "accounts:change"
	AccountsSuspend    Permission = "accounts:suspend"
	AccountsPassword   Permission = "accounts:password"
	AccountsDelete     Permission = "accounts:delete" // ask for it, and take back out of the trash; deleting takes an approval
	ApprovalsRead      Permission = "approvals:read"
	ApprovalsDecide    Permission = "approvals:decide"
	ApprovalsTend      Permission = "approvals:tend" // remind and expire
	NotesWrite         Permission = "notes:write"
	ServersRead        Permission = "servers:read"
	ServersManage      Permission = "servers:manage"
	AgentsEnrol        Permission = "agents:enrol"
	OperationsRead     Permission = "operations:read"
	OperationsManage   Permission = "operations:manage"
	JobsRead           Permission = "jobs:read"
	LogsRead           Permission = "logs:read"
	JobsWrite          Permission = "jobs:write"
	StatisticsRead     Permission = "statistics:read"
	AuditRead          Permission = "audit:read"
	PlatformOperate    Permission = "platform:operate"
	NoticesSend        Permission = "notices:send"
)

// reads are the permissions that change nothing: what a support desk keeps while it acts below.
var reads = set(TenantsRead, UsersRead, CustomersRead, AccountsRead, ServersRead, OperationsRead, JobsRead, LogsRead,
	StatisticsRead, AuditRead, ApprovalsRead)

// neverByKey are the permissions that no API key has, whatever its maker may do.
var neverByKey = set(UsersManage, NotesWrite, ProfileManage, ApprovalsDecide)

// Role is what a person is in the home tenant.
type Role string

// The roles. Sellers have the first six, customers and sites the last three.
const (
	Owner         Role = "owner"
	Administrator Role = "administrator"
	Technician    Role = "technician"
	Sales         Role = "sales"
	Finance       Role = "finance"
	Support       Role = "support"
	CustomerOwner Role = "customer_owner"
	CustomerUser  Role = "customer_user"
	ReportContact Role = "report_contact"
)

// RolesOf lists the roles that people of a tenant of this level may have, the mightiest first.
func RolesOf(level tenant.Level) []Role {
	if level.Sells() {
		return []Role{Owner, Administrator, Technician, Sales, Finance, Support}
	}
	return []Role{CustomerOwner, CustomerUser, ReportContact}
}

// OwnerRole returns the role that every tenant of this level keeps at least one of.
func OwnerRole(level tenant.Level) Role { return RolesOf(level)[0] }

// everybody among a seller's people.
var sellers = []Role{Owner, Administrator, Technician, Sales, Finance, Support}

// roleRights is table 1: which roles have a permission in their own tenant. A customer's roles reach the customer's own
// sites too. Where the table in the documentation says "reads only", the matching read permission stands here instead.
// Customers change accounts by product only, so a row without a product gives them nothing.
var roleRights = map[Permission][]Role{
	TenantsRead:        append(sellers[:6:6], CustomerOwner, CustomerUser),
	CustomersRead:      append(sellers[:6:6], CustomerOwner, CustomerUser),
	AccountsRead:       append(sellers[:6:6], CustomerOwner, CustomerUser),
	ServersRead:        sellers,
	OperationsRead:     append(sellers[:6:6], CustomerOwner, CustomerUser),
	UsersRead:          append(sellers[:6:6], CustomerOwner, CustomerUser),
	TenantsManage:      {Owner, Administrator, CustomerOwner},
	BrandManage:        {Owner, Administrator},
	TenantsCreateBelow: {Owner, Administrator, Sales},
	TenantsSuspend:     {Owner, Administrator},
	GrantsChange:       {Owner, Administrator},
	VariantChange:      {Owner, Administrator},
	UsersManage:        {Owner, Administrator, CustomerOwner},
	APIKeysManage:      {Owner, Administrator, CustomerOwner},
	ProfileManage:      append(sellers[:6:6], CustomerOwner, CustomerUser, ReportContact),
	ActBelow:           {Owner, Administrator, Technician, Sales, Finance, Support},
	CustomersManage:    {Owner, Administrator, Technician, Sales, CustomerOwner},
	AnonymousCustomers: {Owner, Administrator, Technician, Sales},
	HideIdentities:     {Owner, Administrator},
	WithdrawActing:     {Owner, Administrator},
	AccountsCreate:     {Owner, Administrator, Technician, Sales},
	AccountsChange:     {Owner, Administrator, Technician},
	AccountsSuspend:    {Owner, Administrator, Technician},
	AccountsPassword:   {Owner, Administrator, Technician, CustomerOwner, CustomerUser},
	AccountsDelete:     {Owner, Administrator, Technician},
	ApprovalsRead:      {Owner, Administrator, Technician, Support},
	ApprovalsDecide:    {Owner, Administrator},
	ApprovalsTend:      {},
	NotesWrite:         append(sellers[:6:6], CustomerOwner, CustomerUser),
	ServersManage:      {Owner, Administrator, Technician},
	AgentsEnrol:        {Owner, Administrator, Technician},
	OperationsManage:   {Owner, Administrator, Technician},
	JobsRead:           {Owner, Administrator, Technician, Sales, Support, CustomerOwner, CustomerUser},
	LogsRead:           {Owner, Administrator, Technician, Sales, Support, CustomerOwner, CustomerUser},
	JobsWrite:          {},
	NoticesSend:        {},
	StatisticsRead:     {Owner, Administrator, Technician, Sales, Support, CustomerOwner, CustomerUser},
	AuditRead:          {Owner, Administrator, Support, CustomerOwner},
	PlatformOperate:    {Owner, Administrator},
}

// systemRights is what each feature's own consumers may do: the reports consumer arms timers and writes expectations, the
// operations consumer dispatches, the accounts consumer takes in what was observed and decided, that of approvals reminds and
// lets expire.
var systemRights = map[string][]Permission{
	"reports":    {AccountsRead, JobsRead, JobsWrite, ServersRead},
	"operations": {OperationsRead, OperationsManage, ServersRead},
	"accounts":   {AccountsRead, AccountsChange, OperationsRead},
	"approvals":  {ApprovalsRead, ApprovalsTend},
	"setup":      {ServersRead, ServersManage, AgentsEnrol},
	"overview":   {AccountsRead, JobsRead, ServersRead, OperationsRead, TenantsRead, CustomersRead, AuditRead},

	"notifications": {NoticesSend},
}

// right says how tenants of one kind come to a right.
type right struct {
	always  bool
	premium bool         // with the premium edition
	grant   tenant.Grant // by individual grant
}

func (r right) given(n Node) bool {
	if given, decided := n.Grants[r.grant]; r.grant != "" && decided {
		return given // an individual grant or withdrawal beats variant and edition
	}
	return r.always || r.premium && n.Edition == tenant.Premium
}

// kind is the column of table 2 in which a tenant stands.
type kind string

const (
	supplier    kind = "supplier"
	distributor kind = "distributor"
	valueAdded  kind = "value_added"
	graylabel   kind = "graylabel"
	whitelabel  kind = "whitelabel"
	customer    kind = "customer"
)

func kindOf(n Node) kind {
	switch n.Level {
	case tenant.Supplier:
		return supplier
	case tenant.Distributor, tenant.SubDistributor:
		return distributor
	case tenant.Reseller:
		return kind(n.Variant)
	case tenant.Customer, tenant.Site:
	}
	return customer
}

var yes = right{always: true}

// by is a right that only the grant gives.
func by(g tenant.Grant) right { return right{grant: g} }

// orBy is a right that the kind has, unless the grant was set to false.
func orBy(g tenant.Grant) right { return right{always: true, grant: g} }

// premiumOr is a right of the premium edition, or of the grant.
func premiumOr(g tenant.Grant) right { return right{premium: true, grant: g} }

// tenantRights is table 2: which tenants may have a permission, whatever their people's roles. A permission without a row
// is open to every tenant that the role table reaches.
var tenantRights = map[Permission]map[kind]right{
	TenantsCreateBelow: {
		supplier: yes, distributor: yes,
		valueAdded: premiumOr(tenant.GrantSubReselling), graylabel: premiumOr(tenant.GrantSubReselling),
		whitelabel: premiumOr(tenant.GrantSubReselling),
	},
	CustomersManage:    {valueAdded: yes, graylabel: yes, whitelabel: yes, customer: yes},
	AnonymousCustomers: {graylabel: yes, whitelabel: yes},
	HideIdentities:     {graylabel: orBy(tenant.GrantHideIdentities), whitelabel: orBy(tenant.GrantHideIdentities)},
	WithdrawActing: {
		valueAdded: {premium: true}, graylabel: {premium: true}, whitelabel: {premium: true},
	},
	BrandManage: {
		supplier: yes, distributor: yes, valueAdded: by(tenant.GrantOwnBrand), graylabel: by(tenant.GrantOwnBrand),
		whitelabel: orBy(tenant.GrantOwnBrand),
	},
	ServersManage: ownServers,
	AgentsEnrol:   ownServers,
	APIKeysManage: {
		supplier: yes, distributor: yes, valueAdded: premiumOr(tenant.GrantAPIKeys), graylabel: premiumOr(tenant.GrantAPIKeys),
		whitelabel: premiumOr(tenant.GrantAPIKeys), customer: by(tenant.GrantAPIKeys),
	},
	AccountsCreate: {valueAdded: yes, graylabel: yes, whitelabel: yes},
	ApprovalsDecide: {
		supplier: yes, distributor: by(tenant.GrantApprovals), valueAdded: by(tenant.GrantApprovals), graylabel: by(tenant.GrantApprovals),
		whitelabel: by(tenant.GrantApprovals),
	},
	PlatformOperate: {supplier: yes},
}

var ownServers = map[kind]right{
	supplier: yes, distributor: yes, valueAdded: by(tenant.GrantOwnServers), graylabel: by(tenant.GrantOwnServers),
	whitelabel: orBy(tenant.GrantOwnServers),
}

func set(permissions ...Permission) map[Permission]bool {
	all := make(map[Permission]bool, len(permissions))
	for _, p := range permissions {
		all[p] = true
	}
	return all
}

// behind names the permissions that a grant opens, for the rule that nobody grants what he lacks.
var behind = map[tenant.Grant]Permission{
	tenant.GrantSubReselling:   TenantsCreateBelow,
	tenant.GrantOwnServers:     ServersManage,
	tenant.GrantOwnBrand:       BrandManage,
	tenant.GrantHideIdentities: HideIdentities,
	tenant.GrantAPIKeys:        APIKeysManage,
	tenant.GrantApprovals:      ApprovalsDecide,
}

// MayHave tells whether a tenant may have a permission, whatever its people's roles.
func MayHave(n Node, p Permission) bool {
	row, limited := tenantRights[p]
	return !limited || row[kindOf(n)].given(n)
}

// MayGrant tells whether the parent may give a right to a tenant below it: the supplier gives any, others what they have.
func MayGrant(parent Node, g tenant.Grant) bool {
	p, known := behind[g]
	return known && (parent.Level == tenant.Supplier || tenantRights[p][kindOf(parent)].given(parent))
}
