Feature: What a provider gets from the server

  # Davit's own scenarios, in the words of flagd's test bed, so that they can be
  # run where that test bed is not to be had.

  @rpc @in-process
  Scenario Outline: A value of each type
    Given a stable flagd provider
    And a <type>-flag with key "<key>" and a default value "<default>"
    When the flag was evaluated with details
    Then the resolved details value should be "<value>"
    And the variant should be "<variant>"
    And the reason should be "STATIC"

    Examples:
      | type    | key    | default | value         | variant  |
      | Boolean | switch | false   | true          | yes      |
      | String  | words  | none    | good morning  | morning  |
      | String  | silent | none    |               | nothing  |
      | Integer | number | 7       | 40            | forty    |
      | Integer | nought | 7       | 0             | zero     |
      | Float   | ratio  | 0.5     | 0.25          | quarter  |
      | Object  | thing  | {}      | {"a": [1, 2]} | some     |

  @rpc @in-process
  Scenario Outline: Whom a rule is for
    Given a stable flagd provider
    And a String-flag with key "staff" and a default value "none"
    And a context containing a targeting key with value "ann"
    And a context containing a key "email", with type "String" and with value "<email>"
    When the flag was evaluated with details
    Then the resolved details value should be "<value>"
    And the reason should be "<reason>"

    Examples:
      | email           | value   | reason          |
      | ann@shop.test   | inside  | TARGETING_MATCH |
      | ann@other.test  | outside | DEFAULT         |

  @rpc @in-process
  Scenario: What the server knows of itself goes before what a client says
    Given a stable flagd provider
    And a String-flag with key "here" and a default value "none"
    And a context containing a key "region", with type "String" and with value "us"
    When the flag was evaluated with details
    Then the resolved details value should be "Europe"
    And the reason should be "TARGETING_MATCH"

  @rpc @in-process
  Scenario: A flag that is switched off leaves the program its own default
    Given a stable flagd provider
    And a Boolean-flag with key "off" and a default value "true"
    When the flag was evaluated with details
    Then the resolved details value should be "true"
    And the reason should be "DISABLED"

  @rpc @in-process
  Scenario Outline: What cannot be answered
    Given a stable flagd provider
    And a <type>-flag with key "<key>" and a default value "<default>"
    When the flag was evaluated with details
    Then the resolved details value should be "<default>"
    And the reason should be "ERROR"
    And the error-code should be "<code>"

    Examples:
      | type    | key     | default | code           |
      | String  | nowhere | none    | FLAG_NOT_FOUND |
      | Boolean | words   | true    | TYPE_MISMATCH  |

  @in-process
  Scenario: Facts of a flag and of its set
    Given an option "selector" of type "String" with value "shop/facts"
    And a stable flagd provider
    And a Boolean-flag with key "told" and a default value "false"
    When the flag was evaluated with details
    Then the resolved metadata should contain
      | key   | metadata_type | value |
      | owner | String        | ann   |
      | team  | String        | pay   |

  @in-process
  Scenario: Another set has other flags
    Given an option "selector" of type "String" with value "shop/facts"
    And a stable flagd provider
    And a Boolean-flag with key "switch" and a default value "false"
    When the flag was evaluated with details
    Then the error-code should be "FLAG_NOT_FOUND"

  @rpc @in-process @events
  Scenario: A change is told, and by name
    Given a stable flagd provider
    And a String-flag with key "changing-flag" and a default value "none"
    When the flag was modified
    And a change event was fired
    Then the flag should be part of the event payload

  @rpc @caching
  Scenario: What is kept is dropped when it changes
    Given an option "cache" of type "CacheType" with value "lru"
    And a stable flagd provider
    And a String-flag with key "changing-flag" and a default value "none"
    When the flag was evaluated with details
    Then the reason should be "STATIC"
    When the flag was evaluated with details
    Then the reason should be "CACHED"
    When the flag was modified
    And a change event was fired
    And the flag was evaluated with details
    Then the reason should be "STATIC"

  @rpc @in-process @events
  Scenario: The server goes and comes
    Given a stable flagd provider
    And a Boolean-flag with key "switch" and a default value "false"
    When a ready event was fired
    And the connection is lost for 3s
    Then the error event handler should have been executed
    And the ready event handler should have been executed
    When the flag was evaluated with details
    Then the resolved details value should be "true"

  @in-process @grace
  Scenario: What is known holds while the server is away
    Given a stable flagd provider
    And a Boolean-flag with key "switch" and a default value "false"
    When a ready event was fired
    And the connection is lost for 3s
    Then the stale event handler should have been executed
    When the flag was evaluated with details
    Then the resolved details value should be "true"
    And the ready event handler should have been executed

  @in-process @forbidden
  Scenario: A set that the token is not for
    Given an option "fatalStatusCodes" of type "StringList" with value "PERMISSION_DENIED"
    And a forbidden flagd provider
    Then the error event handler should have been executed
    And the client should be in fatal state
