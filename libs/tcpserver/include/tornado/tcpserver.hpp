#pragma once

#include "tornado/tcpserver/tcpserver.hpp"
