import type { ErrorDefinition } from '../definition.js'

const rows = {
  // ScaiBot
  SCAIBOT_BOT_NOT_FOUND: { status: 404, message: 'The bot does not exist' },
  SCAIBOT_CONVERSATION_NOT_FOUND: { status: 404, message: 'The conversation does not exist' },

  // ScaiQueue
  SCAIQUEUE_MESSAGE_NOT_FOUND: { status: 404, message: 'The message does not exist' },
  /** The claim on a message has run out or belongs to another consumer. */
  SCAIQUEUE_CLAIM_INVALID: { status: 409, message: 'The claim on the message is no longer valid' },

  // ScaiBunker
  BUNKER_NOT_FOUND: { status: 404, message: 'The bunker does not exist' },
  BUNKER_NOT_RUNNING: { status: 409, message: 'The bunker is not running' },
  BUNKER_QUOTA_EXCEEDED: { status: 429, message: 'The bunker quota has been reached' },
  /** The bunker can't go from its present state to the one that was asked for. */
  BUNKER_TRANSITION_ERROR: { status: 409, message: 'The bunker cannot change to this state now' },
  /** The worker that holds the bunker is down. */
  WORKER_UNAVAILABLE: { status: 503, message: 'The worker is currently unavailable', retry: 'yes' },
  /** No worker has room for the bunker at the moment. */
  NO_SUITABLE_WORKER: { status: 503, message: 'No suitable worker is available', retry: 'yes' },
  IMAGE_NOT_FOUND: { status: 404, message: 'The image does not exist' },
  BRIDGE_NOT_FOUND: { status: 404, message: 'The bridge does not exist' },
  AVAILABILITY_GROUP_NOT_FOUND: { status: 404, message: 'The availability group does not exist' },
  QUOTA_PROFILE_NOT_FOUND: { status: 404, message: 'The quota profile does not exist' },
  QUOTA_ASSIGNMENT_CONFLICT: { status: 409, message: 'The quota assignment conflicts with another one' },
  LIFECYCLE_MODE_DENIED: { status: 403, message: 'This lifecycle mode is not allowed' },
  NETWORK_PROFILE_DENIED: { status: 403, message: 'This network profile is not allowed' },
  PEERS_BAD_SHA: { status: 400, message: 'The checksum of the peer list is invalid' },
  PEERS_MISSING_WORKER_HEADER: { status: 400, message: 'The worker header is missing' },

  // ScaiMatrix
  COLLECTION_NOT_FOUND: { status: 404, message: 'The collection does not exist' },
  DOCUMENT_NOT_FOUND: { status: 404, message: 'The document does not exist' },

  // ScaiMind
  TRAINING_JOB_NOT_FOUND: { status: 404, message: 'The training job does not exist' },
  EVALUATION_NOT_FOUND: { status: 404, message: 'The evaluation does not exist' },

  // ScaiPersona
  PERSONA_NOT_FOUND: { status: 404, message: 'The persona does not exist' },
  PERSONA_NOT_PUBLISHED: { status: 409, message: 'The persona is not published' },

  // ScaiSkills
  SKILL_NOT_FOUND: { status: 404, message: 'The skill does not exist' },
  SKILL_VERSION_YANKED: { status: 410, message: 'This version of the skill has been withdrawn' },

  // ScaiLink
  SCAILINK_SESSION_NOT_FOUND: { status: 404, message: 'The ScaiLink session does not exist' },
  SCAILINK_CAPABILITY_DENIED: { status: 403, message: 'This capability is not granted' }
} satisfies Record<string, ErrorDefinition>

/**
 * The codes of modules that the reference names. It leaves their HTTP status to each module's own
 * documentation: these follow convention, and `defineErrors` may correct a row. That is why a row
 * here is typed as any definition, where the other tables have literals.
 */
export const moduleErrors: Record<keyof typeof rows, ErrorDefinition> = rows
