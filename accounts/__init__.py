"""People who sign in, the organizations they work for, what their role allows, and the trail of what they did."""
