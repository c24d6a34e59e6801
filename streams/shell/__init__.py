"""The durable shell around Faust: barriers, in-order acknowledgement, exit before a wrong acknowledgement."""
