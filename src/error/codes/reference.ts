import type { ErrorDefinition } from '../definition.js'

/** RFC 6750, section 3.1. */
const INVALID_TOKEN = 'Bearer error="invalid_token"'
const INSUFFICIENT_SCOPE = 'Bearer error="insufficient_scope"'

/**
 * The codes of ScaiGrid's Error Codes Reference, in its sections and order.
 * A row without `retry` is never worth a second attempt.
 */
export const referenceErrors = {
  // Authentication and authorization
  /** The request has no Authorization header. */
  AUTH_TOKEN_MISSING: { status: 401, message: 'No credentials were provided' },
  /** The token can't be used and refreshing it won't help: malformed, revoked, wrong signature. */
  AUTH_TOKEN_INVALID: { status: 401, message: 'The token is invalid or has expired', challenge: INVALID_TOKEN },
  /** The token is good but wasn't granted the scope; for what the *user* may do, see AUTHZ_PERMISSION_DENIED. */
  AUTH_INSUFFICIENT_SCOPE: { status: 403, message: 'The token lacks a required scope', challenge: INSUFFICIENT_SCOPE },
  /** The user may not do this, whatever the token's scopes. */
  AUTHZ_PERMISSION_DENIED: { status: 403, message: 'You do not have permission to do this' },
  /** The `state` of an OAuth flow is unknown, used up or too old: start the flow again. */
  AUTH_FLOW_INVALID: { status: 401, message: 'The sign-in flow is invalid or has expired' },
  AUTH_IDENTITY_NOT_FOUND: { status: 404, message: 'No account exists for this email address' },
  /** A token that was good and has run out: the client should refresh it. */
  SESSION_EXPIRED: { status: 401, message: 'The session has expired', challenge: INVALID_TOKEN },
  /** Service-to-service calls only. */
  SERVICE_TOKEN_INVALID: { status: 401, message: 'The service token is invalid', challenge: INVALID_TOKEN },

  // Validation
  /** The input does not match the schema, or isn't JSON at all. */
  VALIDATION_ERROR: { status: 422, message: 'The request is not valid', details: 'required' },
  SLUG_CONFLICT: { status: 409, message: 'This slug is already in use' },

  // Models and backends
  /** No frontend model has that slug, or the caller must not learn that it exists. */
  MODEL_NOT_FOUND: { status: 404, message: 'The model does not exist' },
  /** The model exists but isn't enabled for the tenant. */
  MODEL_ACCESS_DENIED: { status: 403, message: 'The model is not enabled for this tenant' },
  /** Every backend of the model is unhealthy; one that failed just now is BACKEND_ERROR. */
  MODEL_UNAVAILABLE: { status: 503, message: 'The model is currently unavailable', retry: 'sometimes' },
  BACKEND_NOT_FOUND: { status: 404, message: 'The backend does not exist' },
  /** The upstream provider answered with an error, refused the connection or rejected our credentials. */
  BACKEND_ERROR: { status: 502, message: 'The upstream provider returned an error', retry: 'once' },
  BACKEND_TIMEOUT: { status: 504, message: 'The upstream provider did not respond in time', retry: 'yes' },
  /** The provider limits *us*; our own limiter is RATE_LIMITED. */
  BACKEND_RATE_LIMITED: { status: 429, message: 'The upstream provider is rate limiting requests', retry: 'yes', retryAfter: 'required' },
  /** The provider's answer can't be parsed: a change on its side, which no retry mends. */
  UPSTREAM_SHAPE_MISMATCH: { status: 502, message: 'The upstream provider sent an unexpected response' },

  // Providers
  PROVIDER_NOT_FOUND: { status: 404, message: 'The provider does not exist' },
  PROVIDER_DISCOVERY_ERROR: { status: 502, message: 'The models of the provider could not be discovered', retry: 'once' },
  PROVIDER_HAS_BACKENDS: { status: 409, message: 'The provider still has active backends' },

  // Rate limits and quotas
  /** Too many requests in too short a time; it passes by waiting. */
  RATE_LIMITED: { status: 429, message: 'Too many requests', retry: 'yes', retryAfter: 'required' },
  /** A hard limit on an amount; waiting a few seconds doesn't help. */
  QUOTA_EXCEEDED: { status: 429, message: 'The quota has been reached' },
  /** A limit on money or usage that an administrator has set. */
  BUDGET_EXCEEDED: { status: 429, message: 'The usage budget has been exceeded' },
  BUDGET_NOT_FOUND: { status: 404, message: 'The budget does not exist' },

  // Tenancy
  PARTNER_NOT_FOUND: { status: 404, message: 'The partner does not exist' },
  TENANT_NOT_FOUND: { status: 404, message: 'The tenant does not exist' },
  TENANT_SUSPENDED: { status: 403, message: 'The tenant is suspended' },
  PARTNER_SUSPENDED: { status: 403, message: 'The partner is suspended' },

  // Modules
  MODULE_NOT_FOUND: { status: 404, message: 'The module does not exist' },
  MODULE_NOT_ENABLED: { status: 403, message: 'The module is not enabled for this tenant' },
  /** Another *module* that this one needs is missing or down; for Redis or MariaDB see SERVICE_UNAVAILABLE. */
  MODULE_DEPENDENCY_UNAVAILABLE: { status: 424, message: 'A module that this request depends on is unavailable', retry: 'sometimes' },

  // Resources
  USER_NOT_FOUND: { status: 404, message: 'The user does not exist' },
  API_KEY_NOT_FOUND: { status: 404, message: 'The API key does not exist' },
  GROUP_NOT_FOUND: { status: 404, message: 'The group does not exist' },
  GROUP_ROLE_NOT_FOUND: { status: 404, message: 'The group role does not exist' },
  TENANT_TEMPLATE_NOT_FOUND: { status: 404, message: 'The tenant template does not exist' },
  MODULE_PERMISSION_NOT_FOUND: { status: 404, message: 'The module permission does not exist' },
  CUSTOM_ROLE_NOT_FOUND: { status: 404, message: 'The custom role does not exist' },
  ROUTING_POLICY_NOT_FOUND: { status: 404, message: 'The routing policy does not exist' },
  MODEL_ACCESS_NOT_FOUND: { status: 404, message: 'The model access entry does not exist' },
  MODEL_GROUP_NOT_FOUND: { status: 404, message: 'The model group does not exist' },
  BATCH_NOT_FOUND: { status: 404, message: 'The batch does not exist' },
  SESSION_NOT_FOUND: { status: 404, message: 'The session does not exist' },
  ROOM_NOT_FOUND: { status: 404, message: 'The room does not exist' },
  ROOM_MEMBER_NOT_FOUND: { status: 404, message: 'The room member does not exist' },
  /** The caller is not a member of the room. */
  ROOM_ACCESS_DENIED: { status: 403, message: 'You are not a member of this room' },
  /** A stored response of the OpenAI-compatible Responses API. */
  RESPONSE_NOT_FOUND: { status: 404, message: 'The response does not exist' },
  WEBHOOK_NOT_FOUND: { status: 404, message: 'The webhook does not exist' },
  CHECKPOINT_NOT_FOUND: { status: 404, message: 'The checkpoint does not exist' },
  CHECKPOINT_ALREADY_RESOLVED: { status: 409, message: 'The checkpoint has already been resolved' },
  CHECKPOINT_ASSIGNEE_DENIED: { status: 403, message: 'You are not authorized to resolve this checkpoint' },

  // Delegation
  /** The scopes to be delegated exceed those of the user who delegates. */
  DELEGATION_INVALID: { status: 400, message: 'The delegated scopes exceed your own permissions' },

  // Inference infrastructure
  INFERENCE_NODE_NOT_FOUND: { status: 404, message: 'The inference node does not exist' },
  /** The node is known to be offline, so the command was not tried. */
  NODE_NOT_ONLINE: { status: 409, message: 'The node must be online for this command' },
  /** The node should be online but can't be reached. */
  NODE_UNAVAILABLE: { status: 502, message: 'The node could not be reached', retry: 'once' },
  REGISTRY_NOT_AVAILABLE: { status: 501, message: 'The node does not support browsing its registry' },

  // Cores (ScaiCore)
  CORE_NOT_FOUND: { status: 404, message: 'The core does not exist' },

  // Webhooks
  /** An inbound webhook; the sender uses a signature, not a bearer token, so there is no challenge. */
  WEBHOOK_VERIFICATION_ERROR: { status: 401, message: 'The webhook signature could not be verified', challenge: false },

  // Service state
  /** Sent by itself while the server closes. */
  SERVICE_DRAINING: { status: 503, message: 'The service is shutting down, retry shortly', retry: 'yes', logLevel: 'warn' },
  /** Something of our own is down: a database, a cache, a queue. */
  SERVICE_UNAVAILABLE: { status: 503, message: 'The service is temporarily unavailable', retry: 'yes', logLevel: 'warn' },

  // Sync
  SYNC_ERROR: { status: 502, message: 'The synchronization with ScaiKey failed', retry: 'once' },

  // Generic fallback
  /** What nobody foresaw; whatever is not classified becomes this, its cause goes to the log only. */
  INTERNAL_ERROR: { status: 500, message: 'An unexpected error occurred, please report it with the request id' }
} as const satisfies Record<string, ErrorDefinition>
